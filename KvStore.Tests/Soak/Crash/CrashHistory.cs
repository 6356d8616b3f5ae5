namespace KvStore.Tests.Soak.Crash;

/// <summary>All that was written and all that was shown, by whatever client; and what of it a store must still have.</summary>
/// <remarks>Safe for any number of threads. What cannot be is thrown at who has found it, as a <see cref="CrashFault"/>.</remarks>
internal sealed class CrashHistory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, CrashKey> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<int, CrashWrite> _sets = [];
    private readonly Dictionary<long, CrashWrite> _revisions = [];
    private readonly List<CrashBatch> _batches = [];
    private long _moment;
    private int _number;

    /// <summary>The highest revision that anyone was shown, in whatever way.</summary>
    public long ShownRevision { get; private set; }

    public CrashCounts Counts { get; } = new();

    /// <summary>A moment, for a read that is about to be sent.</summary>
    public long Now()
    {
        lock (_lock)
        {
            return ++_moment;
        }
    }

    /// <summary>Notes a set that is about to be sent.</summary>
    public CrashWrite BeginSet(string key, int length, bool isText, long ttl = 0, long expiresAt = 0, CrashBatch? batch = null)
    {
        lock (_lock)
        {
            var number = ++_number;
            return Add(new CrashWrite
            {
                Number = number,
                Key = key,
                Kind = CrashWriteKind.Set,
                Content = new CrashContent(number, length, isText),
                SentAt = ++_moment,
                SentTime = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                Ttl = ttl,
                ExpiresAt = expiresAt,
                Batch = batch,
            });
        }
    }

    /// <summary>Notes a delete that is about to be sent.</summary>
    public CrashWrite BeginDelete(string key, CrashBatch? batch = null)
    {
        lock (_lock)
        {
            return Add(new CrashWrite { Number = ++_number, Key = key, Kind = CrashWriteKind.Delete, SentAt = ++_moment, Batch = batch });
        }
    }

    /// <summary>A write was acknowledged.</summary>
    /// <param name="write">The write.</param>
    /// <param name="revision">Its revision; 0 where the answer does not tell it.</param>
    public void Acknowledge(CrashWrite write, long revision = 0)
    {
        lock (_lock)
        {
            write.IsAcknowledged = true;
            Counts.Acknowledged++;
            Show(write, revision);
        }
    }

    /// <summary>A write was refused: it must not be seen, and has not been.</summary>
    public void Refuse(CrashWrite write)
    {
        lock (_lock)
        {
            CrashFault.ThrowIf(write.IsDone, $"{write} was refused, but has been seen");
            _keys[write.Key].Remove(write);
            _sets.Remove(write.Number);
        }
    }

    /// <summary>A revision was shown to someone.</summary>
    public void ShowRevision(long revision)
    {
        lock (_lock)
        {
            ShownRevision = Math.Max(ShownRevision, revision);
        }
    }

    /// <summary>A read has told of a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="state">What it has told.</param>
    /// <param name="sentAt">When the read was sent.</param>
    /// <param name="sentTime">The system's time then.</param>
    /// <returns>The set whose value it was; null where the key was missing.</returns>
    public CrashWrite? Read(string key, CrashState state, long sentAt, long sentTime)
    {
        lock (_lock)
        {
            Counts.Reads++;
            if (state.Value is null)
            {
                Note(key, CrashWriteKind.SeenMissing, sentAt);
                return null;
            }

            var set = SetOf(key, state);
            CrashFault.ThrowIf(set.Expires && state.ExpiresAt <= sentTime, $"{set} was read at {sentTime}, when it had expired");
            Show(set, state.Revision);
            CrashFault.ThrowIf(_keys[key].WhyStale(set, sentAt));
            return set;
        }
    }

    /// <summary>A list has named a key.</summary>
    public void List(string key, long sentAt)
    {
        lock (_lock)
        {
            CrashFault.ThrowIf(!_keys.ContainsKey(key), $"{key} was listed, and nobody has set it");
            Note(key, CrashWriteKind.SeenPresent, sentAt);
        }
    }

    /// <summary>A read or a list has told that a key is missing.</summary>
    public void Miss(string key, long sentAt)
    {
        lock (_lock)
        {
            Note(key, CrashWriteKind.SeenMissing, sentAt);
        }
    }

    /// <summary>A watcher was told of a set.</summary>
    public void WatchSet(string key, CrashState state)
    {
        lock (_lock)
        {
            Counts.Events++;
            Show(SetOf(key, state), state.Revision);
        }
    }

    /// <summary>A watcher was told that a key is gone.</summary>
    public void WatchRemoval(string key, long revision, bool isExpiry)
    {
        lock (_lock)
        {
            Counts.Events++;
            var writes = _keys.TryGetValue(key, out var known) ? known.Writes : [];
            CrashFault.ThrowIf(
                !writes.Any(write => isExpiry ? write.Expires : write.Kind == CrashWriteKind.Delete),
                $"revision {revision} removes {key}, and nobody has asked for that");
            Show(Add(new CrashWrite { Number = ++_number, Key = key, Kind = CrashWriteKind.Delete, IsExpiry = isExpiry, SentAt = 0 }), revision);
        }
    }

    /// <summary>Notes a batch whose writes have all been begun.</summary>
    public void Add(CrashBatch batch)
    {
        lock (_lock)
        {
            _batches.Add(batch);
        }
    }

    /// <summary>Forgets what a kill may take from a store that does not sync before it acknowledges: what comes after the last revision of its log.</summary>
    public void Lose(long lastRevision)
    {
        lock (_lock)
        {
            foreach (var key in _keys.Values)
            {
                Counts.NotLogged += key.Lose(lastRevision);
            }

            foreach (var revision in _revisions.Keys.Where(revision => revision > lastRevision).ToList())
            {
                _sets.Remove(_revisions[revision].Number);
                _revisions.Remove(revision);
            }

            _batches.RemoveAll(batch => batch.Writes.Exists(write => write.Revision > lastRevision));
            ShownRevision = Math.Min(ShownRevision, lastRevision);
        }
    }

    /// <summary>Compares what there is, when nothing is under way, with what there must be; and goes on from there.</summary>
    /// <param name="states">What reads of all keys have told, and the sets whose values they were.</param>
    /// <param name="now">The time after that, Unix milliseconds.</param>
    public void Settle(IReadOnlyDictionary<string, CrashWrite?> states, long now)
    {
        lock (_lock)
        {
            _batches.ForEach(CheckWhole);
            _revisions.Clear();
            _sets.Clear();
            foreach (var (name, key) in _keys)
            {
                var read = states.GetValueOrDefault(name);
                var set = read is not null && key.HasExpired(read) ? null : read;
                CrashFault.ThrowIf(key.WhyWrong(set, now));
                Counts.Add(key.Writes, set);
                Keep(key, set);
            }

            Counts.Batches += _batches.Count;
            _batches.Clear();
        }
    }

    private void Keep(CrashKey key, CrashWrite? set)
    {
        key.Settle(set);
        if (set is not null)
        {
            _sets.Add(set.Number, set);
            _revisions.Add(set.Revision, set);
            set.IsSettled = true;
        }
    }

    /// <summary>A batch of which one write has been seen is there as a whole.</summary>
    private void CheckWhole(CrashBatch batch)
    {
        var seen = batch.Writes.FindIndex(write => write.Revision != 0);
        for (var i = 0; seen >= 0 && i < batch.Writes.Count; i++)
        {
            Show(batch.Writes[i], batch.Writes[seen].Revision + i - seen);
        }
    }

    /// <summary>Notes that a write is known to be carried out, at a revision where that is known, too.</summary>
    private void Show(CrashWrite write, long revision)
    {
        write.DoneAt = Math.Min(write.DoneAt, ++_moment);
        if (revision == 0)
        {
            return;
        }

        CrashFault.ThrowIf(write.Revision != 0 && write.Revision != revision, $"{write} was told to be revision {revision}, too");
        write.Revision = revision;
        ShownRevision = Math.Max(ShownRevision, revision);
        if (!_revisions.TryAdd(revision, write))
        {
            // A delete and the removal that a watcher was told of are the same.
            var other = _revisions[revision];
            CrashFault.ThrowIf(
                other != write && (other.Key != write.Key || other.Kind != CrashWriteKind.Delete || write.Kind != CrashWriteKind.Delete),
                $"revision {revision} is that of {other} and of {write}");
        }
    }

    private CrashWrite SetOf(string key, CrashState state)
    {
        var number = CrashContent.NumberOf(state.Value, state.ContentType);
        if (!_sets.TryGetValue(number, out var set) || set.Key != key || !set.Content.Is(state.Value, state.ContentType))
        {
            throw new CrashFault(FormattableString.Invariant(
                $"{key} has {state.Value!.Length} bytes ({state.ContentType}) at revision {state.Revision}, of number {number}: nobody has set that, or it was replaced long ago"));
        }

        CrashFault.ThrowIf(set.Expires != (state.ExpiresAt != 0), $"{set} was told to expire at {state.ExpiresAt}");
        CrashFault.ThrowIf(set.ExpiresAt != 0 && set.ExpiresAt != state.ExpiresAt, $"{set} was told to expire at {state.ExpiresAt}, too");
        set.ExpiresAt = state.ExpiresAt;
        return set;
    }

    private void Note(string key, CrashWriteKind kind, long sentAt)
    {
        if (_keys.ContainsKey(key))
        {
            Add(new CrashWrite { Number = 0, Key = key, Kind = kind, SentAt = sentAt, DoneAt = ++_moment });
        }
    }

    private CrashWrite Add(CrashWrite write)
    {
        if (!_keys.TryGetValue(write.Key, out var key))
        {
            _keys.Add(write.Key, key = new CrashKey());
        }

        key.Add(write);
        write.Batch?.Writes.Add(write);
        if (write.Kind == CrashWriteKind.Set)
        {
            _sets.Add(write.Number, write);
        }

        return write;
    }
}
