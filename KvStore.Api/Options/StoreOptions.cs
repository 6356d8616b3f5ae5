using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace KvStore.Api.Options;

/// <summary>How the store is built: section <c>KvStore:Store</c>.</summary>
internal sealed class StoreOptions
{
    /// <summary>How many shards the store has.</summary>
    [Description("Shards, a power of two; more let more writers run at once.")]
    [Range(1, 4_096)]
    [PowerOfTwo]
    public int Shards { get; set; } = 64;

    /// <summary>The directory to keep the store in; empty = it is in memory alone.</summary>
    [Description("Directory to keep the store in, made where it is missing; without it the store is in memory alone.")]
    [Alias("DATA_DIR", "data-dir")]
    public string DataDir { get; set; } = "";

    /// <summary>The node's role; only a primary exists so far.</summary>
    [Description("`primary`, which accepts writes.")]
    [AllowedValues("primary")]
    [Alias("ROLE")]
    public string Role { get; set; } = "primary";
}
