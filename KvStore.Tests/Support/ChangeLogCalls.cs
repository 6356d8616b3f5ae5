using KvStore.Core.Changes;
using KvStore.Core.Errors;

namespace KvStore.Tests.Support;

/// <summary>A change log, as tests use it that have no journal.</summary>
internal static class ChangeLogCalls
{
    /// <summary>Takes revisions and their place, which nothing refuses.</summary>
    public static ChangeSlot Reserve(this ChangeLog log, int count, int bytes)
    {
        log.Reserve(count, bytes, out var slot).Should().Be(ErrorCode.None);
        return slot;
    }
}
