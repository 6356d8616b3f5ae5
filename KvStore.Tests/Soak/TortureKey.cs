using System.Globalization;
using System.Text;

namespace KvStore.Tests.Soak;

/// <summary>A key and what its one writer tells the readers: the versions begun and done, and what became of each.</summary>
internal sealed class TortureKey(int number)
{
    private const int MaxVersions = 20_000;

    // Keys share cells with others of their length, and there are short and long ones.
    private static readonly int[] Paddings = [0, 3, 3, 40, 300, 1_000];

    private readonly long[] _revisions = new long[MaxVersions + 1];
    private readonly long[] _deadlines = new long[MaxVersions + 1];
    private int _begun;
    private int _done;

    /// <summary>The key itself.</summary>
    public byte[] Bytes { get; } =
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number}/{new string('k', Paddings[number % Paddings.Length])}"));

    /// <summary>The last version that its writer has begun to write; 0 before the first.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>The last version that its writer has written.</summary>
    public int Done => Volatile.Read(ref _done);

    public bool IsFull => _begun == MaxVersions;

    public TortureVersion Version(int version) => new(number, version);

    /// <summary>The revision of a version that is done; 0 of a delete that found nothing.</summary>
    public long RevisionOf(int version) => _revisions[version];

    public TortureVersion Begin(long now)
    {
        var version = Version(_begun + 1);
        _deadlines[version.Number] = version.Ttl is { } ttl ? now + (long)ttl.TotalMilliseconds : long.MaxValue;
        Volatile.Write(ref _begun, version.Number);
        return version;
    }

    public void End(long revision)
    {
        _revisions[_begun] = revision;
        Volatile.Write(ref _done, _begun);
    }

    /// <summary>Whether one of some versions is none: not yet set, deleted, or expired by <paramref name="now"/>.</summary>
    public bool MayBeMissing(int first, int last, long now) =>
        Enumerable.Range(first, last - first + 1).Any(version => version == 0 || Version(version).IsDelete || _deadlines[version] <= now);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"key {number}");
}
