using System.Collections;
using System.Runtime.InteropServices;

namespace KvStore.Core.Memory;

/// <content>Finding all cells in use.</content>
internal sealed partial class Slabs
{
    /// <summary>How many cells are in use. Looks at every page.</summary>
    public int LiveCells
    {
        get
        {
            var cells = 0;
            for (var chunk = 1; chunk < _usedNumbers; chunk++)
            {
                if (IsOwnChunk(chunk))
                {
                    cells++;
                    continue;
                }

                for (var page = PagesOf(chunk); page < PagesOf(chunk + 1); page++)
                {
                    cells += _pages[page].Live;
                }
            }

            return cells;
        }
    }

    /// <summary>Calls <paramref name="visit"/>, which may not change anything here, with each cell in use, in the order of their memory.</summary>
    public void ForEachCell(Action<SlabRef> visit)
    {
        var freed = new BitArray(PageBytes / SlabRef.GranuleBytes);
        for (var chunk = 1; chunk < _usedNumbers; chunk++)
        {
            if (IsOwnChunk(chunk))
            {
                visit(new SlabRef(chunk, offset: 0));
                continue;
            }

            for (var page = PagesOf(chunk); page < PagesOf(chunk + 1); page++)
            {
                if (_pages[page].Live > 0)
                {
                    ForEachCell(page, freed, visit);
                }
            }
        }
    }

    /// <summary>Whether a chunk is a cell. One that is gone has no bytes, and pages without live cells.</summary>
    private bool IsOwnChunk(int chunk) => _pages[PagesOf(chunk)].SizeClass == OwnChunk && _chunks[chunk].Length > 0;

    private static int PagesOf(int chunk) => chunk * PagesInChunk;

    private void ForEachCell(int number, BitArray freed, Action<SlabRef> visit)
    {
        ref var page = ref _pages[number];
        var chunk = number / PagesInChunk;
        var start = number % PagesInChunk * PageBytes;
        var cellGranules = SizeClasses.Bytes(page.SizeClass) / SlabRef.GranuleBytes;
        freed.SetAll(false);
        for (var next = page.FirstFreed; next != 0;)
        {
            var granule = next - 1;
            freed[granule] = true;
            next = MemoryMarshal.Read<ushort>(_chunks[chunk].AsSpan(start + (granule * SlabRef.GranuleBytes)));
        }

        for (var granule = 0; granule < page.Fresh * cellGranules; granule += cellGranules)
        {
            if (!freed[granule])
            {
                visit(new SlabRef(chunk, start + (granule * SlabRef.GranuleBytes)));
            }
        }
    }
}
