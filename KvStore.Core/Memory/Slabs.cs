using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvStore.Core.Memory;

/// <summary>
/// Memory for many small pieces of bytes, in few large arrays: the garbage collector sees the arrays and never looks inside,
/// so millions of records cost it nothing.
/// </summary>
/// <remarks>
/// <para>An array (chunk) is 256 KiB, of four pages; a page holds cells of one size class; freed cells are used again first.
/// A page without live cells goes to any class that needs one, a chunk without live pages back to the collector. What is larger
/// than the largest class gets a chunk of its own. The scheme is Bonwick's slab allocator (USENIX Summer 1994) without its caches.</para>
/// <para>Thread safety: one thread at a time may call anything. <see cref="Peek"/> may be called beside it, and then may see a
/// freed cell, used again or not: it is for the caller to find out that the cell was freed, and to drop what was read.
/// It never fails and never reads outside a chunk.</para>
/// </remarks>
internal sealed partial class Slabs
{
    /// <summary>Bytes of a chunk that pages share.</summary>
    public const int ChunkBytes = 256 * 1_024;

    /// <summary>Bytes of a page.</summary>
    public const int PageBytes = 64 * 1_024;

    private const int PagesInChunk = ChunkBytes / PageBytes;
    private const byte OwnChunk = byte.MaxValue;

    private static readonly byte[] NoChunk = [];

    private readonly int _maxChunks;
    private readonly PageLists _pages = new();
    private readonly Stack<int> _freeNumbers = new();
    private byte[][] _chunks = [NoChunk, NoChunk, NoChunk, NoChunk];
    private int _usedNumbers = 1;
    private int _unusedPages;

    /// <summary>Makes slabs without any memory yet.</summary>
    /// <param name="maxChunks">The most chunks ever, at 256 KiB each; what is beyond is refused.</param>
    public Slabs(int maxChunks = int.MaxValue) => _maxChunks = maxChunks;

    /// <summary>Bytes of all chunks.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>Bytes of all cells in use, rounded up to their size classes.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>How many chunks there may be beside those that there are.</summary>
    public int UnusedChunks => _maxChunks - (_usedNumbers - 1) + _freeNumbers.Count;

    /// <summary>Whether <paramref name="bytes"/> are more than a page's cells can hold.</summary>
    public static bool NeedsOwnChunk(int bytes) => bytes > SizeClasses.MaxBytes;

    /// <summary>Whether cells for so many bytes are of one size class, and not chunks of their own.</summary>
    public static bool AreCellsEqual(int bytes, int otherBytes) =>
        !NeedsOwnChunk(bytes) && !NeedsOwnChunk(otherBytes) && SizeClasses.Of(bytes) == SizeClasses.Of(otherBytes);

    /// <summary>Takes a cell of at least <paramref name="bytes"/> bytes, whose content is undefined.</summary>
    /// <exception cref="InvalidOperationException">All chunks are in use; nothing has changed.</exception>
    public SlabRef Allocate(int bytes)
    {
        if (NeedsOwnChunk(bytes))
        {
            return Adopt(CreateOwnChunk(bytes));
        }

        var sizeClass = SizeClasses.Of(bytes);
        var number = _pages.First(sizeClass);
        if (number == 0)
        {
            number = OpenPage(sizeClass);
        }

        ref var page = ref _pages[number];
        var cellBytes = SizeClasses.Bytes(sizeClass);
        var start = number % PagesInChunk * PageBytes;
        var offset = start;
        if (page.FirstFreed != 0)
        {
            offset += (page.FirstFreed - 1) * SlabRef.GranuleBytes;
            page.FirstFreed = MemoryMarshal.Read<ushort>(_chunks[number / PagesInChunk].AsSpan(offset));
        }
        else
        {
            offset += page.Fresh++ * cellBytes;
        }

        page.Live++;
        LiveBytes += cellBytes;
        if (page.Live == PageBytes / cellBytes)
        {
            _pages.Unlink(sizeClass, number);
        }

        return new SlabRef(number / PagesInChunk, offset);
    }

    /// <summary>Makes a chunk for <see cref="Adopt"/>, of undefined content. May be called by any thread.</summary>
    /// <returns>An array of <paramref name="bytes"/> bytes, or of one more, so that its length tells it from chunks of pages.</returns>
    public static byte[] CreateOwnChunk(int bytes) =>
        GC.AllocateUninitializedArray<byte>(bytes == ChunkBytes ? bytes + 1 : bytes);

    /// <summary>Makes <paramref name="chunk"/>, which <see cref="CreateOwnChunk"/> made and its owner filled, a cell.</summary>
    /// <exception cref="InvalidOperationException">All chunks are in use; nothing has changed.</exception>
    public SlabRef Adopt(byte[] chunk)
    {
        var number = AddChunk(chunk);
        _pages[number * PagesInChunk].SizeClass = OwnChunk;
        LiveBytes += chunk.Length;
        return new SlabRef(number, offset: 0);
    }

    /// <summary>Gives a cell back. Its bytes may change from now on.</summary>
    public void Free(SlabRef cell)
    {
        var number = PageOf(cell);
        ref var page = ref _pages[number];
        if (page.SizeClass == OwnChunk)
        {
            LiveBytes -= _chunks[cell.Chunk].Length;
            RemoveChunk(cell.Chunk);
            return;
        }

        var cellBytes = SizeClasses.Bytes(page.SizeClass);
        MemoryMarshal.Write(_chunks[cell.Chunk].AsSpan(cell.Offset), page.FirstFreed);
        page.FirstFreed = (ushort)((cell.Offset % PageBytes / SlabRef.GranuleBytes) + 1);
        LiveBytes -= cellBytes;
        if (page.Live-- == PageBytes / cellBytes)
        {
            _pages.Link(page.SizeClass, number);
        }

        if (page.Live == 0)
        {
            _pages.Unlink(page.SizeClass, number);
            ClosePage(number);
        }
    }

    /// <summary>The bytes of a cell in use, for its owner to write.</summary>
    public Span<byte> Cell(SlabRef cell)
    {
        var sizeClass = _pages[PageOf(cell)].SizeClass;
        return sizeClass == OwnChunk
            ? _chunks[cell.Chunk]
            : _chunks[cell.Chunk].AsSpan(cell.Offset, SizeClasses.Bytes(sizeClass));
    }

    /// <summary>The bytes from a cell's first to its chunk's last; none where the chunk is gone.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="isOwnChunk">Whether the bytes are a chunk of their own, which never holds anything else.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Peek(SlabRef cell, out bool isOwnChunk)
    {
        // Compared as unsigned numbers, so that the compiler sees that nothing is left to check.
        var chunks = Volatile.Read(ref _chunks);
        var bytes = (uint)cell.Chunk < (uint)chunks.Length ? chunks[cell.Chunk] : NoChunk;
        isOwnChunk = bytes.Length != ChunkBytes;
        return (uint)cell.Offset < (uint)bytes.Length ? bytes.AsSpan(cell.Offset) : default;
    }

    /// <summary>The chunk of a cell that has one of its own. It never holds anything else, and stays as long as it is referred to.</summary>
    public ReadOnlyMemory<byte> ChunkOf(SlabRef cell) => _chunks[cell.Chunk];

    /// <summary>Asks for a cell's memory, which is soon to be read. May be called beside a writer, as <see cref="Peek"/>.</summary>
    public void Prefetch(SlabRef cell) => Memory.Prefetch.Line(Peek(cell, out _));

    private static int PageOf(SlabRef cell) => (cell.Chunk * PagesInChunk) + (cell.Offset / PageBytes);

    private int OpenPage(int sizeClass)
    {
        if (_unusedPages == 0)
        {
            AddPages();
        }

        var number = _pages.First(PageLists.Unused);
        _pages.Unlink(PageLists.Unused, number);
        _unusedPages--;
        _pages[number] = new Page { SizeClass = (byte)sizeClass };
        _pages.Link(sizeClass, number);
        return number;
    }

    private void ClosePage(int number)
    {
        _pages.Link(PageLists.Unused, number);
        _unusedPages++;

        // One chunk's worth of pages stays, so that a page in use now and then costs no array each time.
        var first = number / PagesInChunk * PagesInChunk;
        if (_unusedPages < 2 * PagesInChunk || !IsUnused(first))
        {
            return;
        }

        for (var page = first; page < first + PagesInChunk; page++)
        {
            _pages.Unlink(PageLists.Unused, page);
        }

        _unusedPages -= PagesInChunk;
        RemoveChunk(number / PagesInChunk);
    }

    private bool IsUnused(int firstPage)
    {
        for (var page = firstPage; page < firstPage + PagesInChunk; page++)
        {
            if (_pages[page].Live != 0)
            {
                return false;
            }
        }

        return true;
    }

    private void AddPages()
    {
        var chunk = AddChunk(GC.AllocateUninitializedArray<byte>(ChunkBytes));
        for (var page = ((chunk + 1) * PagesInChunk) - 1; page >= chunk * PagesInChunk; page--)
        {
            _pages[page] = default;
            _pages.Link(PageLists.Unused, page);
        }

        _unusedPages += PagesInChunk;
    }

    private int AddChunk(byte[] chunk)
    {
        if (!_freeNumbers.TryPeek(out var number))
        {
            if (_usedNumbers > _maxChunks)
            {
                throw new InvalidOperationException("All the memory that references can reach is in use.");
            }

            number = _usedNumbers;
        }

        _pages.Grow((number + 1) * PagesInChunk);

        if (number == _chunks.Length)
        {
            // Readers may hold the old array: it stays as it is, and they find what they have references to.
            var chunks = new byte[number * 2][];
            Array.Fill(chunks, NoChunk);
            _chunks.CopyTo(chunks, 0);
            Volatile.Write(ref _chunks, chunks);
        }

        // Nothing fails from here on: a number is not used up where there is no memory.
        if (number == _usedNumbers)
        {
            _usedNumbers++;
        }
        else
        {
            _freeNumbers.Pop();
        }

        Volatile.Write(ref _chunks[number], chunk);
        ReservedBytes += chunk.Length;
        return number;
    }

    private void RemoveChunk(int number)
    {
        ReservedBytes -= _chunks[number].Length;
        _chunks[number] = NoChunk;
        _freeNumbers.Push(number);
    }
}
