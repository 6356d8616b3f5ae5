using System.Runtime.InteropServices;

namespace KvStore.Core.Memory;

/// <summary>A page: a run of cells of one size class.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct Page
{
    /// <summary>Pages before and after this one in its list; 0 = none.</summary>
    public int Previous, Next;

    /// <summary>Granule in the page of the first freed cell, plus 1; 0 = none. Each freed cell holds the next in its first two bytes.</summary>
    public ushort FirstFreed;

    /// <summary>Cells from here on have not been used yet.</summary>
    public ushort Fresh;

    /// <summary>Cells in use.</summary>
    public ushort Live;

    /// <summary>The size class of its cells.</summary>
    public byte SizeClass;
}

/// <summary>Doubly linked lists through an array of pages: for each size class those with room, and those in no class's use.</summary>
/// <remarks>Not thread safe.</remarks>
internal sealed class PageLists
{
    private readonly int[] _heads = new int[SizeClasses.Count + 1];
    private Page[] _pages = [];

    /// <summary>The list of pages that no class uses.</summary>
    public static int Unused => SizeClasses.Count;

    /// <summary>A page, by its number.</summary>
    public ref Page this[int page] => ref _pages[page];

    /// <summary>Makes room for pages up to number <paramref name="count"/> - 1.</summary>
    public void Grow(int count)
    {
        if (count > _pages.Length)
        {
            Array.Resize(ref _pages, Math.Max(count, _pages.Length * 2));
        }
    }

    /// <summary>The first page of a list; 0 where it is empty.</summary>
    public int First(int list) => _heads[list];

    /// <summary>Puts a page at the head of a list.</summary>
    public void Link(int list, int page)
    {
        var next = _heads[list];
        _pages[page].Previous = 0;
        _pages[page].Next = next;
        if (next != 0)
        {
            _pages[next].Previous = page;
        }

        _heads[list] = page;
    }

    /// <summary>Takes a page out of the list that it is in.</summary>
    public void Unlink(int list, int page)
    {
        var (previous, next) = (_pages[page].Previous, _pages[page].Next);
        if (previous == 0)
        {
            _heads[list] = next;
        }
        else
        {
            _pages[previous].Next = next;
        }

        if (next != 0)
        {
            _pages[next].Previous = previous;
        }
    }
}
