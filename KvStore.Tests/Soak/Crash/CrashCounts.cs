namespace KvStore.Tests.Soak.Crash;

/// <summary>What a soak has done so far.</summary>
internal sealed class CrashCounts
{
    public int Rounds { get; set; }

    public int Kills { get; set; }

    /// <summary>Kills of a process that was still bringing the store back, or had not begun to.</summary>
    public int KillsOfStarts { get; set; }

    /// <summary>Kills while a snapshot had been asked for and not been answered.</summary>
    public int KillsInSnapshots { get; set; }

    public int Stops { get; set; }

    /// <summary>Kills that left an unfinished write at the end of the log.</summary>
    public int TornTails { get; set; }

    public long Acknowledged { get; set; }

    /// <summary>Acknowledged writes that were looked for after a restart.</summary>
    public long Checked { get; set; }

    /// <summary>Writes that nobody was told of, and that were looked for, too.</summary>
    public long Unacknowledged { get; set; }

    /// <summary>Sets without an answer that were there after the restart.</summary>
    public long Survived { get; set; }

    /// <summary>Acknowledged writes that were not in the log: only where it is not synced first.</summary>
    public long NotLogged { get; set; }

    public long Batches { get; set; }

    public long Reads { get; set; }

    public long Events { get; set; }

    /// <summary>Watches that went on after a restart where they were, and those that were told that they cannot.</summary>
    public int Resumed { get; set; }

    public int Compacted { get; set; }

    public int Snapshots { get; set; }

    public override string ToString() => FormattableString.Invariant(
        $"{Rounds} rounds: {Kills} kills (and {KillsOfStarts} of starts; {KillsInSnapshots} in snapshots, {TornTails} torn tails), {Stops} clean stops, {Snapshots} snapshots asked for; ")
        + FormattableString.Invariant(
        $"{Acknowledged} writes acknowledged, {Checked} checked; {Unacknowledged} without an answer gone, {Survived} there; {NotLogged} not logged; {Batches} atomic batches; ")
        + FormattableString.Invariant($"{Reads} reads, {Events} events, watches: {Resumed} resumed, {Compacted} too late");
}
