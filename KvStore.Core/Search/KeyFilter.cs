namespace KvStore.Core.Search;

/// <summary>Which keys are wanted: those that begin with the prefix and end with the suffix.</summary>
/// <remarks>Both are compared as bytes, and may overlap in a key: <c>aba</c> has the prefix <c>ab</c> and the suffix <c>ba</c>.
/// They may end within a character; whole characters match whole characters alone, as no character's UTF-8 is the end of another's.</remarks>
/// <param name="Prefix">The bytes that a key begins with; empty for any.</param>
/// <param name="Suffix">The bytes that a key ends with; empty for any.</param>
public readonly record struct KeyFilter(ReadOnlyMemory<byte> Prefix, ReadOnlyMemory<byte> Suffix)
{
    /// <summary>Whether every key is wanted.</summary>
    public bool IsEmpty => Prefix.IsEmpty && Suffix.IsEmpty;

    /// <summary>Whether <paramref name="key"/> is wanted.</summary>
    public bool Matches(ReadOnlySpan<byte> key) => key.StartsWith(Prefix.Span) && key.EndsWith(Suffix.Span);
}
