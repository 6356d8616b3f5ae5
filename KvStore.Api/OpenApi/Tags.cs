using Microsoft.OpenApi;

namespace KvStore.Api.OpenApi;

/// <summary>The groups of operations.</summary>
internal static class Tags
{
    /// <summary>One key at a time.</summary>
    public const string Values = "Values";

    /// <summary>Many keys.</summary>
    public const string Lists = "Lists";

    /// <summary>What happens to keys.</summary>
    public const string Changes = "Changes";

    /// <summary>All keys at once.</summary>
    public const string Transfer = "Transfer";

    /// <summary>The process.</summary>
    public const string Node = "Node";

    /// <summary>The store's directory.</summary>
    public const string Admin = "Admin";

    /// <summary>Every tag, in the order of the page.</summary>
    public static HashSet<OpenApiTag> All =>
    [
        new() { Name = Values, Description = "Read, write and delete one value" },
        new() { Name = Lists, Description = "List and count keys, in the order of their UTF-8 bytes" },
        new() { Name = Changes, Description = "Follow what happens to keys" },
        new() { Name = Transfer, Description = "Take the whole store out, and put records in" },
        new() { Name = Node, Description = "Health, readiness, role and metrics of this process" },
        new() { Name = Admin, Description = "Snapshots and backups of a store that is kept in a directory" },
    ];
}
