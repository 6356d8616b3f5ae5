using System.Buffers;
using System.Text;
using KvStore.Core.Search;
using KvStore.Core.Store;

namespace KvStore.Tests.Support;

/// <summary>The calls of a store with text for keys and values, so that a test reads as what it is about.</summary>
internal static class StoreCalls
{
    /// <summary>Keys a page of a listing has when a test does not care.</summary>
    private const int PageKeys = 7;

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static WriteResult Set(this IKeyValueStore store, string key, string value = "", SetOptions options = default) =>
        store.Set(Utf8(key), Utf8(value), options);

    public static WriteResult Set(this IKeyValueStore store, byte[] key, byte[] value, SetOptions options = default) =>
        store.SetAsync(key, new ReadOnlySequence<byte>(value), options).Answer();

    public static WriteResult SetFor(this IKeyValueStore store, int milliseconds, string key, string value = "") =>
        store.Set(key, value, new SetOptions(Ttl: TimeSpan.FromMilliseconds(milliseconds)));

    public static WriteResult SetIf(this IKeyValueStore store, WriteCondition condition, string key, string value = "") =>
        store.Set(key, value, new SetOptions(Condition: condition));

    public static WriteResult Delete(this IKeyValueStore store, string key, WriteCondition condition = default) =>
        store.DeleteAsync(Utf8(key), condition).Answer();

    public static ReadResult Get(this IKeyValueStore store, string key) => store.Get(key, out _);

    public static ReadResult Get(this IKeyValueStore store, string key, out string value)
    {
        var destination = new ArrayBufferWriter<byte>();
        var result = store.GetAsync(Utf8(key), destination).Answer();
        value = Encoding.UTF8.GetString(destination.WrittenSpan);
        return result;
    }

    /// <summary>Whether <paramref name="key"/> is there for a reader.</summary>
    public static bool Has(this IKeyValueStore store, string key) => store.Get(key).Revision != 0;

    public static long Count(this IKeyValueStore store, string prefix = "", string suffix = "") =>
        store.CountAsync(Filter(prefix, suffix)).Answer();

    /// <summary>One page of a listing, as text.</summary>
    public static (string[] Keys, bool More) Page(
        this IKeyValueStore store, KeyFilter filter, KeyCursor cursor, int limit)
    {
        var page = new KeyPage();
        var more = store.SearchAsync(filter, cursor, limit, page).Answer();
        return (page.Texts(), more);
    }

    /// <summary>A whole listing, read page by page.</summary>
    public static List<string> Search(
        this IKeyValueStore store, string prefix = "", string suffix = "", int limit = PageKeys)
    {
        var found = new List<string>();
        var cursor = new KeyCursor();
        bool more;
        do
        {
            (var keys, more) = store.Page(Filter(prefix, suffix), cursor, limit);
            found.AddRange(keys);
        }
        while (more);

        return found;
    }

    public static KeyFilter Filter(string prefix = "", string suffix = "") => new(Utf8(prefix), Utf8(suffix));

    public static string[] Texts(this KeyPage page) =>
        [.. Enumerable.Range(0, page.Count).Select(i => Encoding.UTF8.GetString(page[i]))];

    /// <summary>Waits for an answer where a test cannot: in a property, a thread or a span's scope.</summary>
    public static T Answer<T>(this ValueTask<T> call) => call.AsTask().GetAwaiter().GetResult();
}
