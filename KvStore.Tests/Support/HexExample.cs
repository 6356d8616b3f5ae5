namespace KvStore.Tests.Support;

/// <summary>The worked example of a page about a format: bytes in hexadecimal, with notes behind them.</summary>
internal static class HexExample
{
    /// <summary>Its bytes.</summary>
    public static byte[] Of(string page)
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs", page));
        return [.. lines.SkipWhile(line => line != "```hex").Skip(1).TakeWhile(line => line != "```")
            .SelectMany(line => Convert.FromHexString(line.Split(';')[0].Replace(" ", "", StringComparison.Ordinal)))];
    }
}
