using System.Buffers;
using System.Collections;

namespace KvStore.Grpc.Protocol;

/// <summary>What is sent beside the messages of a call, before them or behind them: names with values, in order.</summary>
/// <remarks>Names are lower case; those that end in <c>-bin</c> have bytes, in Base64 on the wire, all others printable ASCII
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Custom-Metadata). Not thread safe.</remarks>
public sealed class Metadata : IEnumerable<Metadata.Entry>
{
    /// <summary>How the names of entries with bytes end.</summary>
    public const string BinarySuffix = "-bin";

    private readonly List<Entry> _entries = [];

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Count;

    /// <summary>Adds an entry with text.</summary>
    /// <exception cref="ArgumentException">The name is not one, is that of an entry with bytes, or the text is not printable ASCII.</exception>
    public void Add(string key, string value)
    {
        Check(key, isBinary: false);
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException("The text must be printable ASCII.", nameof(value));
        }

        _entries.Add(new Entry(key, value, []));
    }

    /// <summary>Adds an entry with bytes.</summary>
    /// <exception cref="ArgumentException">The name is not one, or does not end in <c>-bin</c>.</exception>
    public void Add(string key, byte[] value)
    {
        Check(key, isBinary: true);
        _entries.Add(new Entry(key, "", value));
    }

    /// <summary>The text of the first entry with a name; null where there is none.</summary>
    public string? Get(string key) => _entries.Find(entry => entry.Key == key)?.Value;

    /// <summary>The bytes of the first entry with a name; null where there is none.</summary>
    public byte[]? GetBytes(string key) => _entries.Find(entry => entry.Key == key)?.Bytes;

    /// <inheritdoc />
    public IEnumerator<Entry> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds what a header or trailer has; those of the protocol's own are left out, as is one whose Base64 is none.</summary>
    internal void AddFromWire(string key, string value)
    {
        if (IsReserved(key))
        {
            return;
        }

        if (!key.EndsWith(BinarySuffix, StringComparison.Ordinal))
        {
            _entries.Add(new Entry(key, value, []));
            return;
        }

        // Several values of one name come joined by commas; padding may be left out.
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            var padded = part.PadRight((part.Length + 3) / 4 * 4, '=');
            var bytes = new byte[padded.Length];
            if (Convert.TryFromBase64String(padded, bytes, out var length))
            {
                _entries.Add(new Entry(key, "", bytes[..length]));
            }
        }
    }

    private static bool IsReserved(string key) =>
        key.StartsWith(':')
        || key.StartsWith("grpc-", StringComparison.Ordinal)
        || key is "content-type" or "te" or "user-agent" or "host" or "content-length" or "date";

    private static void Check(string key, bool isBinary)
    {
        var isName = key.Length > 0
            && !key.AsSpan().ContainsAnyExcept(NameCharacters)
            && !key.StartsWith("grpc-", StringComparison.Ordinal);
        if (!isName || key.EndsWith(BinarySuffix, StringComparison.Ordinal) != isBinary)
        {
            throw new ArgumentException($"'{key}' is not a name for {(isBinary ? "bytes" : "text")}.", nameof(key));
        }
    }

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-.");

    /// <summary>A name with its value.</summary>
    /// <param name="Key">The name.</param>
    /// <param name="Value">The text; empty where it has bytes.</param>
    /// <param name="Bytes">The bytes; empty where it has text.</param>
    public sealed record Entry(string Key, string Value, byte[] Bytes)
    {
        /// <summary>What is sent.</summary>
        internal string WireValue => Key.EndsWith(BinarySuffix, StringComparison.Ordinal) ? Convert.ToBase64String(Bytes).TrimEnd('=') : Value;
    }
}
