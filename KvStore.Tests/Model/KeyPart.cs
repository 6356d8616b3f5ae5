using System.Runtime.InteropServices;
using static KvStore.Tests.Support.StoreCalls;

namespace KvStore.Tests.Model;

/// <summary>The beginning or the end of keys: a text, less some bytes on its inner side, so that it may end within a character.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeyPart(string Text, int Cut = 0)
{
    /// <summary>The bytes that keys begin with.</summary>
    public byte[] Prefix => Utf8(Text)[..^Missing];

    /// <summary>The bytes that keys end with.</summary>
    public byte[] Suffix => Utf8(Text)[Missing..];

    private int Missing => Math.Min(Cut, Utf8(Text).Length);

    public static implicit operator KeyPart(string text) => new(text);

    public KeyPart Rename(Func<string, string> rename) => this with { Text = rename(Text) };

    public override string ToString() =>
        string.Concat(StoreCommand.Quote(Text), Cut == 0 ? "" : FormattableString.Invariant($" less {Cut} bytes"));
}
