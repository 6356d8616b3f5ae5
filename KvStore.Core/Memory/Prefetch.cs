using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace KvStore.Core.Memory;

/// <summary>Asks for memory before it is needed, so that several waits for it become one.</summary>
internal static class Prefetch
{
    private const int LineBytes = 64;

    /// <summary>Asks for all of <paramref name="words"/>. A hint: it changes nothing, and does nothing on processors without the instruction.</summary>
    public static void Of(ReadOnlySpan<uint> words)
    {
        for (var i = 0; i < words.Length; i += LineBytes / sizeof(uint))
        {
            Line(MemoryMarshal.AsBytes(words[i..]));
        }
    }

    /// <summary>Asks for the line that <paramref name="bytes"/> begin in; as <see cref="Of"/>.</summary>
    public static unsafe void Line(ReadOnlySpan<byte> bytes)
    {
        // The address may have moved when the instruction sees it: then it asks in vain.
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)));
        }
    }
}
