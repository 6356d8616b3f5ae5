using System.Runtime.InteropServices;

namespace KvStore.Core.Changes;

/// <summary>The place in a <see cref="ChangeLog"/> that a writer took together with its revisions.</summary>
/// <param name="Revision">The revision; of a group the first.</param>
/// <param name="Position">Where its bytes begin, counted from the log's first byte ever.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ChangeSlot(long Revision, long Position)
{
    /// <summary>The place of the group's next change, where this one takes <paramref name="size"/> bytes.</summary>
    public ChangeSlot After(int size) => new(Revision + 1, Position + size);
}
