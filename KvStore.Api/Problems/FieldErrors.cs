namespace KvStore.Api.Problems;

/// <summary>What is wrong with each field of a request.</summary>
/// <remarks>Clients choose the names, so their number and length are bounded.</remarks>
internal sealed class FieldErrors
{
    private const int MaxFields = 20;
    private const int MaxNameLength = 100;

    private readonly Dictionary<string, List<string>> _reasons = new(StringComparer.Ordinal);

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _reasons.Count == 0;

    /// <summary>The fields with the reasons of each.</summary>
    public IEnumerable<KeyValuePair<string, List<string>>> Fields => _reasons;

    /// <summary>One line for each reason, such as <c>ttl must be a number</c>.</summary>
    public IEnumerable<string> Lines => _reasons.SelectMany(entry => entry.Value, (entry, why) => $"{entry.Key} {why}");

    /// <summary>Whether something is wrong with a field.</summary>
    public bool Has(string field) => _reasons.ContainsKey(field);

    /// <summary>Adds a reason, which continues a sentence that begins with the field's name.</summary>
    public void Add(string field, string why)
    {
        var name = field.Length <= MaxNameLength ? field : string.Concat(field.AsSpan(0, MaxNameLength), "...");
        if (_reasons.TryGetValue(name, out var reasons))
        {
            if (!reasons.Contains(why, StringComparer.Ordinal))
            {
                reasons.Add(why);
            }
        }
        else if (_reasons.Count < MaxFields)
        {
            _reasons.Add(name, [why]);
        }
    }
}
