using System.Globalization;
using System.Runtime.InteropServices;

namespace KvStore.Tests.Faults;

/// <summary>A sector that was written since its file's last sync, <paramref name="Versions"/> times.</summary>
/// <param name="File">The number of its file.</param>
/// <param name="Index">Its place among the file's unsynced sectors, in their order.</param>
/// <param name="Count">How many of those there are.</param>
/// <param name="Versions">How often it was written.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UnsyncedSector(int File, int Index, int Count, int Versions);

/// <summary>What of the unsynced a power cut keeps. The same cut of the same disk leaves the same.</summary>
/// <param name="Name">What failed tests call it.</param>
internal sealed record Cut(string Name)
{
    private const ulong LengthsSalt = 1;
    private const ulong NamesSalt = 2;
    private const ulong SectorSalt = 3;

    /// <summary>How many of a sector's versions were written to the disk: the last of them is there.</summary>
    public Func<UnsyncedSector, int> Sectors { get; init; } = _ => 0;

    /// <summary>How many of the changes of a file's length were kept, from its number and how many there are.</summary>
    public Func<int, int, int> Lengths { get; init; } = (_, _) => 0;

    /// <summary>How many of the changes of names were kept, of so many. A journal keeps them in their order.</summary>
    public Func<int, int> Names { get; init; } = _ => 0;

    /// <summary>If set: how many bytes of the disk's last write are there. It may be any number: sectors do not bind it.</summary>
    public int? LastWriteBytes { get; init; }

    /// <summary>Only what was synced is left.</summary>
    public static Cut LoseAll { get; } = new("lose all");

    /// <summary>The power went right after the system had written everything back.</summary>
    public static Cut KeepAll { get; } = new("keep all")
    {
        Sectors = sector => sector.Versions,
        Lengths = (_, count) => count,
        Names = count => count,
    };

    /// <summary>Names are there, and what their files held is not.</summary>
    public static Cut KeepNames { get; } = LoseAll with { Name = "keep names", Names = count => count };

    /// <summary>What files hold is there, but names are the old ones.</summary>
    public static Cut KeepBytes { get; } = KeepAll with { Name = "keep bytes", Names = _ => 0 };

    /// <summary>Lengths and names are there, but bytes are not: files end in zeros.</summary>
    public static Cut KeepLengths { get; } = KeepAll with { Name = "keep lengths", Sectors = _ => 0 };

    /// <summary>Everything is there, but of the last write so many bytes only.</summary>
    public static Cut TearLastWrite(int bytes) =>
        KeepAll with { Name = string.Create(CultureInfo.InvariantCulture, $"tear last write at {bytes}"), LastWriteBytes = bytes };

    /// <summary>Any of what a cut may leave. Of each file: nothing, all, its first sectors, or any sectors in any of their versions.</summary>
    public static Cut Random(ulong seed) => new(string.Create(CultureInfo.InvariantCulture, $"random {seed}"))
    {
        Sectors = sector => (Mix(seed, (ulong)sector.File) % 4) switch
        {
            0 => 0,
            1 => sector.Versions,
            2 => sector.Index < Choice(sector.Count, seed, SectorSalt, (ulong)sector.File) ? sector.Versions : 0,
            _ => Choice(sector.Versions, seed, SectorSalt, (ulong)sector.File, (ulong)sector.Index),
        },
        Lengths = (file, count) => (Mix(seed, (ulong)file) % 4) switch
        {
            0 => 0,
            1 => count,
            _ => Choice(count, seed, LengthsSalt, (ulong)file),
        },
        Names = count => Choice(count, seed, NamesSalt),
    };

    /// <summary>Each of the plain ones, and so many random ones.</summary>
    public static IEnumerable<Cut> Some(ulong seed, int randoms) =>
    [
        LoseAll, KeepAll, KeepNames, KeepBytes, KeepLengths,
        .. Enumerable.Range(0, randoms).Select(i => Random(Mix(seed, (ulong)i))),
    ];

    public override string ToString() => Name;

    private static int Choice(int most, params ReadOnlySpan<ulong> parts) => (int)(Mix(parts) % ((ulong)most + 1));

    // SplitMix64 (Steele et al., 2014): from the place alone, so that a choice does not depend on those before it.
    private static ulong Mix(params ReadOnlySpan<ulong> parts)
    {
        var mixed = 0UL;
        foreach (var part in parts)
        {
            mixed += part + 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            mixed ^= mixed >> 31;
        }

        return mixed;
    }
}
