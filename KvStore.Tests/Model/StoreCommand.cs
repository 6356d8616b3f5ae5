using System.Globalization;
using System.Text;

namespace KvStore.Tests.Model;

/// <summary>What a write asks of its key's revision, told so that it can be resolved when the revision is known.</summary>
internal enum Condition
{
    None,
    Absent,
    Exists,
    Current,
    NotCurrent,
    AnyOfCurrent,
    AnyOfOthers,
    NoneOfCurrent,
    NoneOfOthers,
}

/// <summary>One step of a script. Its text is what a reader of a counterexample sees.</summary>
internal abstract record StoreCommand
{
    /// <summary>The keys and parts of keys in it.</summary>
    public virtual IEnumerable<string> Texts => [];

    public abstract void Run(StoreRun run);

    /// <summary>The same command with other keys.</summary>
    public virtual StoreCommand Rename(Func<string, string> rename) => this;

    /// <summary>The same command with fewer details.</summary>
    public virtual IEnumerable<StoreCommand> Simpler() => [];

    public static string Quote(string? text) => text is null ? "null" : text.EnumerateRunes().Aggregate(
        new StringBuilder("\""), (quoted, rune) => quoted.Append(Escape(rune)), quoted => quoted.Append('"').ToString());

    protected static string If(Condition condition) => condition == Condition.None ? "" : $" if {condition}";

    private static string Escape(Rune rune) =>
        rune.Value is > ' ' and < 0x7f ? rune.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
}

internal sealed record SetKey(string Key, string Value, string? ContentType, int? Ttl, Condition Condition) : StoreCommand
{
    public override IEnumerable<string> Texts => [Key];

    public override void Run(StoreRun run) => run.Set(Key, Value, ContentType, Ttl, Condition);

    public override StoreCommand Rename(Func<string, string> rename) => this with { Key = rename(Key) };

    public override IEnumerable<StoreCommand> Simpler() =>
        new[] { this with { Value = "" }, this with { ContentType = null }, this with { Ttl = null }, this with { Condition = Condition.None } }
            .Where(simpler => simpler != this);

    public override string ToString() => string.Concat(
        $"set {Quote(Key)} = {Quote(Value)}",
        ContentType is null ? "" : $" as {ContentType}",
        Ttl is null ? "" : $" for {Ttl} ms",
        If(Condition));
}

internal sealed record DeleteKey(string Key, Condition Condition) : StoreCommand
{
    public override IEnumerable<string> Texts => [Key];

    public override void Run(StoreRun run) => run.Delete(Key, Condition);

    public override StoreCommand Rename(Func<string, string> rename) => this with { Key = rename(Key) };

    public override IEnumerable<StoreCommand> Simpler() =>
        Condition == Condition.None ? [] : [this with { Condition = Condition.None }];

    public override string ToString() => $"delete {Quote(Key)}{If(Condition)}";
}

internal sealed record GetKey(string Key) : StoreCommand
{
    public override IEnumerable<string> Texts => [Key];

    public override void Run(StoreRun run) => run.Get(Key);

    public override StoreCommand Rename(Func<string, string> rename) => new GetKey(rename(Key));

    public override string ToString() => $"get {Quote(Key)}";
}

/// <summary>Sets, gets and deletes as one batch, some at a turn.</summary>
internal sealed record RunBatch(IReadOnlyList<StoreCommand> Commands, bool IsAtomic, int Turn) : StoreCommand
{
    public override IEnumerable<string> Texts => Commands.SelectMany(command => command.Texts);

    public override void Run(StoreRun run) => run.Batch(Commands, IsAtomic, Turn);

    public override StoreCommand Rename(Func<string, string> rename) => this with { Commands = [.. Commands.Select(command => command.Rename(rename))] };

    public override IEnumerable<StoreCommand> Simpler() =>
    [
        .. Commands.Count == 1 ? Commands : [],
        .. Commands.Select((_, i) => this with { Commands = [.. Commands.Where((_, other) => other != i)] }),
        .. Commands.SelectMany((command, i) => command.Simpler().Select(simpler => this with { Commands = [.. Commands.Take(i), simpler, .. Commands.Skip(i + 1)] })),
    ];

    public override string ToString() => $"{(IsAtomic ? "at once" : "in order")} ({string.Join("; ", Commands)})";
}

internal sealed record Advance(int Milliseconds) : StoreCommand
{
    public override void Run(StoreRun run) => run.Advance(Milliseconds);

    public override IEnumerable<StoreCommand> Simpler() => Milliseconds > 1 ? [new Advance(Milliseconds / 2), new Advance(Milliseconds - 1)] : [];

    public override string ToString() => $"advance {Milliseconds} ms";
}

internal sealed record Sweep : StoreCommand
{
    public override void Run(StoreRun run) => run.Sweep();

    public override string ToString() => "sweep";
}

internal sealed record SearchKeys(KeyPart Prefix, KeyPart Suffix, string? After, int Limit) : StoreCommand
{
    public override IEnumerable<string> Texts => After is null ? [Prefix.Text, Suffix.Text] : [Prefix.Text, Suffix.Text, After];

    public override void Run(StoreRun run) => run.Search(Prefix, Suffix, After, Limit);

    public override StoreCommand Rename(Func<string, string> rename) =>
        this with { Prefix = Prefix.Rename(rename), Suffix = Suffix.Rename(rename), After = After is null ? null : rename(After) };

    public override IEnumerable<StoreCommand> Simpler() =>
        new[]
        {
            this with { Prefix = "" }, this with { Suffix = "" }, this with { Prefix = Prefix.Text }, this with { Suffix = Suffix.Text },
            this with { After = null }, this with { Limit = 1 },
        }
            .Where(simpler => simpler != this);

    public override string ToString() => $"search {Prefix}..{Suffix} after {Quote(After)}, {Limit} at most";
}

internal sealed record SearchOn(int Limit) : StoreCommand
{
    public override void Run(StoreRun run) => run.SearchOn(Limit);

    public override IEnumerable<StoreCommand> Simpler() => Limit > 1 ? [new SearchOn(1)] : [];

    public override string ToString() => $"search on, {Limit} at most";
}

internal sealed record CountKeys(KeyPart Prefix, KeyPart Suffix) : StoreCommand
{
    public override IEnumerable<string> Texts => [Prefix.Text, Suffix.Text];

    public override void Run(StoreRun run) => run.Count(Prefix, Suffix);

    public override StoreCommand Rename(Func<string, string> rename) => new CountKeys(Prefix.Rename(rename), Suffix.Rename(rename));

    public override IEnumerable<StoreCommand> Simpler() =>
        new[] { this with { Prefix = "" }, this with { Suffix = "" }, new CountKeys(Prefix.Text, Suffix.Text) }.Where(simpler => simpler != this);

    public override string ToString() => $"count {Prefix}..{Suffix}";
}

/// <summary>Sets so many keys that a search takes the index more than one slice, and groups of one suffix are broad.</summary>
internal sealed record Fill(string Prefix, int Keys, string Suffix) : StoreCommand
{
    public override IEnumerable<string> Texts => [Prefix, Suffix];

    public override void Run(StoreRun run)
    {
        for (var i = 0; i < Keys; i++)
        {
            run.Set(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{i:D4}{Suffix}"), "", null, null, Condition.None);
        }
    }

    public override StoreCommand Rename(Func<string, string> rename) => this with { Prefix = rename(Prefix), Suffix = rename(Suffix) };

    public override IEnumerable<StoreCommand> Simpler() => Keys > 1 ? [this with { Keys = Keys / 2 }, this with { Keys = Keys - 1 }] : [];

    public override string ToString() => $"fill {Quote(Prefix)}..{Quote(Suffix)} with {Keys} keys";
}

/// <summary>Deletes so many keys that nodes of the index are joined and pages of memory given back: all that match but one in so many.</summary>
internal sealed record Thin(string Prefix, string Suffix, int OneIn) : StoreCommand
{
    public override IEnumerable<string> Texts => [Prefix, Suffix];

    public override void Run(StoreRun run) => run.Thin(Prefix, Suffix, OneIn);

    public override StoreCommand Rename(Func<string, string> rename) => this with { Prefix = rename(Prefix), Suffix = rename(Suffix) };

    public override string ToString() => $"thin {Quote(Prefix)}..{Quote(Suffix)} to one in {OneIn}";
}

/// <summary>Writes a little of a snapshot.</summary>
internal sealed record WriteSnapshot : StoreCommand
{
    public override void Run(StoreRun run) => run.WriteSnapshot();

    public override string ToString() => "write on at a snapshot";
}

/// <summary>Stops the store in good order, or by a power cut, and starts it again some time later.</summary>
internal sealed record Restart(bool IsCrash, int Milliseconds) : StoreCommand
{
    public override void Run(StoreRun run) => run.Restart(IsCrash, Milliseconds);

    public override IEnumerable<StoreCommand> Simpler() => new[] { this with { IsCrash = false }, this with { Milliseconds = 0 } }.Where(simpler => simpler != this);

    public override string ToString() => $"{(IsCrash ? "crash" : "stop")}, and start {Milliseconds} ms later";
}
