namespace KvStore.Benchmarks;

/// <summary>A map, and threads that call it. Each call goes on with the keys after those of the call before.</summary>
internal abstract class Session
{
    /// <summary>A session with the store.</summary>
    /// <param name="threads">How many threads call it.</param>
    /// <param name="numbers">The keys that they use, by number and in this order.</param>
    public static Session OfStore(int threads, int[] numbers) =>
        new Session<byte[]>(threads, [.. numbers.Select(Workload.Utf8Key)], static () => new StoreMap(), Workload.Utf8Key);

    /// <summary>A session with the plain dictionary.</summary>
    /// <inheritdoc cref="OfStore"/>
    public static Session OfDictionary(int threads, int[] numbers) =>
        new Session<string>(threads, [.. numbers.Select(Workload.Key)], static () => new DictionaryMap(), Workload.Key);

    /// <summary>Begins anew: an empty map, and the first keys.</summary>
    public abstract void Empty();

    /// <summary>Puts all keys of a filled map into it, in instances of their own and in another order than that of the session.</summary>
    public abstract void Fill();

    /// <summary>Reads the next <see cref="Workload.Operations"/> keys.</summary>
    public abstract void Get();

    /// <summary>Sets the next <see cref="Workload.Operations"/> keys.</summary>
    public abstract void Set();
}

/// <inheritdoc/>
internal sealed class Session<TKey>(int threads, TKey[] keys, Func<IMap<TKey>> createMap, Func<int, TKey> createKey) : Session
{
    private readonly Crew _crew = new(threads);
    private readonly int[] _positions = new int[threads];

    private readonly Destination[] _destinations = [.. Enumerable.Range(0, threads).Select(static _ => new Destination())];

    private IMap<TKey> _map = createMap();

    /// <inheritdoc/>
    public override void Empty()
    {
        _map = createMap();
        Array.Clear(_positions);
    }

    /// <inheritdoc/>
    public override void Fill()
    {
        for (var first = 0; first < Workload.KeyCount; first += Workload.Operations)
        {
            _map.Set([.. Enumerable.Range(first, Workload.Operations).Select(createKey)]);
        }
    }

    /// <inheritdoc/>
    public override void Get() => _crew.Run(GetPart);

    /// <inheritdoc/>
    public override void Set() => _crew.Run(SetPart);

    private void GetPart(int thread) => _map.Get(Next(thread), _destinations[thread]);

    private void SetPart(int thread) => _map.Set(Next(thread));

    // Each thread has a stretch of the keys to itself.
    private ReadOnlySpan<TKey> Next(int thread)
    {
        var stretch = keys.Length / threads;
        var count = Workload.Operations / threads;
        var position = _positions[thread];
        _positions[thread] = (position + count) % stretch;
        return keys.AsSpan((thread * stretch) + position, count);
    }
}
