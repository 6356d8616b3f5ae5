using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace KvStore.Api.Options;

/// <summary>How far back changes are kept for those who watch: section <c>KvStore:Changes</c>. What comes first counts.</summary>
internal sealed class ChangesOptions
{
    /// <summary>Bytes of the latest changes.</summary>
    [Description("Bytes of the latest changes to keep, a power of two; made larger where the largest record would not fit four times.")]
    [Range(65_536, 1_073_741_824)]
    [PowerOfTwo]
    public int WindowBytes { get; set; } = 16_777_216;

    /// <summary>The most changes.</summary>
    [Description("Most changes to keep, a power of two; each takes 16 bytes beside its own.")]
    [Range(16, 16_777_216)]
    [PowerOfTwo]
    public int WindowRecords { get; set; } = 131_072;
}
