using System.Globalization;

namespace KvStore.Api.Problems;

/// <summary>What is wrong with each field of a request.</summary>
/// <remarks>Clients choose the names, so their number and length are bounded.</remarks>
internal sealed class FieldErrors
{
    private const int MaxFields = 20;
    private const int MaxNameLength = 100;

    // Made when there is something wrong: with most requests there is not.
    private Dictionary<string, List<string>>? _reasons;
    private string? _list;
    private int _index;

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsEmpty => _reasons is null;

    /// <summary>The fields with the reasons of each.</summary>
    public IEnumerable<KeyValuePair<string, List<string>>> Fields => _reasons ?? [];

    /// <summary>One line for each reason, such as <c>ttl must be a number</c>.</summary>
    public IEnumerable<string> Lines => Fields.SelectMany(entry => entry.Value, (entry, why) => $"{entry.Key} {why}");

    /// <summary>Whether something is wrong with a field.</summary>
    public bool Has(string field) => _reasons is not null && _reasons.ContainsKey(Name(field));

    /// <summary>Has fields be told as those of an element of a list, such as <c>operations[3].key</c>; the element itself is the field "".</summary>
    public void BeginElement(string list, int index) => (_list, _index) = (list, index);

    /// <summary>Ends what <see cref="BeginElement"/> began.</summary>
    public void EndElement() => _list = null;

    /// <summary>Adds a reason, which continues a sentence that begins with the field's name.</summary>
    public void Add(string field, string why)
    {
        var name = Name(field);
        _reasons ??= new Dictionary<string, List<string>>(StringComparer.Ordinal);
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

    /// <summary>Adds that a field must be a whole number within bounds.</summary>
    public void AddRange(string field, int min, int max) => Add(field, $"must be a whole number from {min} to {max}");

    private string Name(string field)
    {
        var name = field.Length <= MaxNameLength ? field : string.Concat(field.AsSpan(0, MaxNameLength), "...");
        return _list is null
            ? name
            : string.Create(CultureInfo.InvariantCulture, $"{_list}[{_index}]{(name.Length == 0 ? "" : ".")}{name}");
    }
}
