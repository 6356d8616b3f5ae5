namespace KvStore.Tests.Soak.Crash;

/// <summary>Reads everything when nobody writes: each key by itself, and what lists and counts tell of them.</summary>
internal sealed class CrashCheck(Uri service, CrashHistory history)
{
    private const int Readers = 6;

    /// <summary>Does it.</summary>
    /// <returns>The set whose value each key has; null where it is missing.</returns>
    public async Task<Dictionary<string, CrashWrite?>> RunAsync()
    {
        var parts = await Task.WhenAll(CrashLoad.Keys.Chunk((CrashLoad.Keys.Length / Readers) + 1).Select(ReadAsync));
        var states = parts.SelectMany(part => part).ToDictionary(StringComparer.Ordinal);
        await CompareAsync(states);
        return states;
    }

    private async Task<List<KeyValuePair<string, CrashWrite?>>> ReadAsync(string[] keys)
    {
        using var client = new CrashClient(service, history);
        var states = new List<KeyValuePair<string, CrashWrite?>>();
        foreach (var key in keys)
        {
            states.Add(new(key, await client.GetAsync(key)));
        }

        return states;
    }

    /// <summary>What lists and counts tell is what reads have told, but for what has expired since.</summary>
    private async Task CompareAsync(Dictionary<string, CrashWrite?> states)
    {
        using var client = new CrashClient(service, history);
        var there = states.Where(state => state.Value is not null).ToDictionary(state => state.Key, state => state.Value!, StringComparer.Ordinal);
        var lasting = there.Count(state => !state.Value.Expires);
        var count = await client.CountAsync();
        CrashFault.ThrowIf(count < lasting || count > there.Count, $"there are {lasting} to {there.Count} keys, and {count} are counted");
        foreach (var (filter, isMatch) in ((string, Func<string, bool>)[])
            [
                ("prefix=k/", _ => true),
                ("prefix=k/b/", key => key.StartsWith("k/b/", StringComparison.Ordinal)),
                ("suffix=7", key => key.EndsWith('7')),
            ])
        {
            var listed = await client.SearchAsync(filter);
            var expected = there.Keys.Where(isMatch).Order(StringComparer.Ordinal).ToList();
            var wrong = listed.Except(expected, StringComparer.Ordinal)
                .Concat(expected.Except(listed, StringComparer.Ordinal).Where(key => !there[key].Expires)).ToList();
            CrashFault.ThrowIf(
                wrong.Count > 0 || !listed.SequenceEqual(listed.Order(StringComparer.Ordinal), StringComparer.Ordinal),
                $"a search by {filter} and reads do not agree on {string.Join(", ", wrong)}");
        }
    }
}
