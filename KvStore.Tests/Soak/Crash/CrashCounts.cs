namespace KvStore.Tests.Soak.Crash;

/// <summary>What a soak has done so far.</summary>
internal sealed class CrashCounts
{
    public int Rounds { get; set; }

    public int Kills { get; set; }

    /// <summary>Kills of a process that did not serve the store yet.</summary>
    public int KillsOfStarts { get; set; }

    /// <summary>Those of them that came while the store was being brought back.</summary>
    public int KillsInRecoveries { get; set; }

    /// <summary>Kills while a snapshot had been asked for and not been answered.</summary>
    public int KillsInSnapshots { get; set; }

    public int Stops { get; set; }

    /// <summary>Kills that left an unfinished write at the end of the log.</summary>
    public int TornTails { get; set; }

    public long Acknowledged { get; set; }

    /// <summary>Acknowledged writes that were looked for after a restart.</summary>
    public long Checked { get; set; }

    /// <summary>Acknowledged writes that were there to be read after a restart: the others had been overwritten, or were deletes.</summary>
    public long Found { get; set; }

    /// <summary>Writes without an answer that nobody was shown, before the restart or after it.</summary>
    public long Unseen { get; set; }

    /// <summary>Sets without an answer that someone was shown: they had to stay.</summary>
    public long Seen { get; set; }

    /// <summary>Acknowledged writes that were not in the log: only where it is not synced first.</summary>
    public long NotLogged { get; set; }

    public long Batches { get; set; }

    public long Reads { get; set; }

    public long Events { get; set; }

    /// <summary>Watches that went on after a restart where they were, and those that were told that they cannot.</summary>
    public int Resumed { get; set; }

    public int Compacted { get; set; }

    public int Snapshots { get; set; }

    /// <summary>Counts what was known of a key, when all of it has been looked for.</summary>
    public void Add(IReadOnlyList<CrashWrite> writes, CrashWrite? found)
    {
        foreach (var write in writes.Where(write => !write.IsSettled))
        {
            Checked += write.IsAcknowledged ? 1 : 0;
            Found += write.IsAcknowledged && write == found ? 1 : 0;
            Unseen += write.IsDone ? 0 : 1;
            Seen += write is { IsAcknowledged: false, IsDone: true, Kind: CrashWriteKind.Set } ? 1 : 0;
        }
    }

    public override string ToString() => FormattableString.Invariant(
        $"{Rounds} rounds: {Kills} kills ({KillsInSnapshots} in snapshots, {TornTails} torn tails) and {KillsOfStarts} of starts ({KillsInRecoveries} in recoveries), {Stops} clean stops, {Snapshots} snapshots asked for; ")
        + FormattableString.Invariant(
        $"{Acknowledged} writes acknowledged, {Checked} checked, {Found} of them the last of their key; without an answer {Seen} seen, {Unseen} not; {NotLogged} not logged; {Batches} atomic batches; ")
        + FormattableString.Invariant($"{Reads} reads, {Events} events, watches: {Resumed} resumed, {Compacted} too late");
}
