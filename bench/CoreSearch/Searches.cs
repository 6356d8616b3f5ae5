using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using KvStore.Core.Search;
using KvStore.Core.Store;
using Loader;

namespace CoreSearch;

/// <summary>A store in this process, and how long pages of ten take in it.</summary>
internal sealed class Searches
{
    private const int Rounds = 5;
    private const int PageKeys = 10;

    private readonly KeyShape _keys;
    private readonly ShardedStore _store = new();
    private readonly KeyPage _page = new();
    private readonly Random _random = new(1);

    /// <summary>Fills a store with <paramref name="keys"/>, and values of 32 bytes.</summary>
    public Searches(KeyShape keys)
    {
        _keys = keys;
        Span<byte> key = stackalloc byte[KeyShape.MaxBytes];
        var value = new ReadOnlySequence<byte>(new byte[32]);
        for (var i = 0L; i < keys.Count; i++)
        {
            AtOnce(_store.SetAsync(key[..keys.Write(i, key)], value));
        }
    }

    /// <summary>Any user's prefix, which ten keys have.</summary>
    public (string Prefix, string Suffix) OfUser(Random random) => (Invariant($"u/{random.NextInt64(_keys.Users):D12}/"), "");

    /// <summary>Any digits at the end, as many as about ten keys share.</summary>
    public (string Prefix, string Suffix) WithDigits(Random random)
    {
        var digits = Math.Min(6, (int)Math.Round(Math.Log10(_keys.Count)) - 1);
        return ("", random.Next((int)Math.Pow(10, digits)).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0'));
    }

    /// <summary>The suffix that is evenly spread, in any tenth of the users: as many keys to read whichever side is begun from.</summary>
    public (string Prefix, string Suffix) TenthOfUsers(Random random)
    {
        var first = (_keys.Users - 1).ToString("D12", CultureInfo.InvariantCulture).AsSpan().IndexOfAnyExcept('0');
        return (Invariant($"u/{new string('0', first)}{random.Next(10)}"), "/e");
    }

    /// <summary>Prints a line of name, mean number of matches, and mean microseconds of a page: the median of the rounds.</summary>
    public void Measure(string name, int times, Func<Random, (string Prefix, string Suffix)> next)
    {
        Run(times, next);
        var means = Enumerable.Range(0, Rounds).Select(_ => Run(times, next)).Order().ToArray();
        var matches = Enumerable.Range(0, 20).Average(_ => AtOnce(_store.CountAsync(Filter(next(_random)))));
        Console.WriteLine(Invariant($"{name}\t{matches:F0}\t{means[Rounds / 2]:F1}"));
    }

    private double Run(int times, Func<Random, (string Prefix, string Suffix)> next)
    {
        var filters = Enumerable.Range(0, times).Select(_ => Filter(next(_random))).ToArray();
        var start = Stopwatch.GetTimestamp();
        foreach (var filter in filters)
        {
            AtOnce(_store.SearchAsync(filter, new KeyCursor(), PageKeys, _page));
        }

        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
    }

    private static KeyFilter Filter((string Prefix, string Suffix) sides) =>
        new(Encoding.UTF8.GetBytes(sides.Prefix), Encoding.UTF8.GetBytes(sides.Suffix));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // A store in memory has answered when the call returns.
    private static T AtOnce<T>(ValueTask<T> call) => call.IsCompletedSuccessfully ? call.Result : call.AsTask().GetAwaiter().GetResult();
}
