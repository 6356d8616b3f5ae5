using System.Diagnostics;
using Loader;

namespace GcLoad;

/// <summary>A map full of keys, and writes at a steady pace.</summary>
internal sealed class Load
{
    private const int WritesPerSecond = 200_000;

    private readonly IMap _map;
    private readonly KeyShape _shape;
    private readonly Random _random = new(1);
    private readonly byte[] _key = new byte[KeyShape.MaxBytes];

    // The numbers of the keys that are there, in no order; and the place of the one written last.
    private readonly int[] _live;
    private readonly int[] _nanoseconds;
    private int _place;
    private int _nextKey;

    /// <summary>Fills a map.</summary>
    /// <param name="map">An empty map.</param>
    /// <param name="keys">How many keys it gets.</param>
    /// <param name="seconds">How long the writes are to go on each time.</param>
    public Load(IMap map, int keys, int seconds)
    {
        _map = map;
        _shape = new KeyShape(KeyShape.Fixed, keys);
        _live = new int[keys];
        _nanoseconds = new int[WritesPerSecond * seconds];
        for (; _nextKey < keys; _nextKey++)
        {
            _live[_nextKey] = _nextKey;
            _map.Set(Key(_nextKey));
        }
    }

    /// <summary>Overwrites keys at random.</summary>
    /// <param name="renewEvery">Of as many writes, two delete a key and insert a new one; 0 for none.</param>
    public LoadResult Run(int renewEvery)
    {
        // Every map begins with what it keeps, and nothing else.
        GC.Collect();
        var pauses = new PauseMeter();
        var start = Stopwatch.GetTimestamp();
        for (var done = 0; done < _nanoseconds.Length;)
        {
            var due = Math.Min((long)(Stopwatch.GetElapsedTime(start).TotalSeconds * WritesPerSecond), _nanoseconds.Length);
            for (; done < due; done++)
            {
                _nanoseconds[done] = Write(renewEvery == 0 ? -1 : done % renewEvery);
            }

            pauses.Sample();

            // The rate is the clock's, not the sleep's: what is due by then is written at once.
            Thread.Sleep(1);
        }

        return new LoadResult(Stopwatch.GetElapsedTime(start), pauses, _nanoseconds);
    }

    /// <summary>One write: step 0 deletes a key, step 1 inserts a new one in its place, and any other overwrites one.</summary>
    /// <returns>How many nanoseconds it took.</returns>
    private int Write(int step)
    {
        if (step == 1)
        {
            _live[_place] = _nextKey++;
        }
        else
        {
            _place = _random.Next(_live.Length);
        }

        var key = Key(_live[_place]);
        var start = Stopwatch.GetTimestamp();
        if (step == 0)
        {
            _map.Delete(key);
        }
        else
        {
            _map.Set(key);
        }

        return (int)Math.Min(Stopwatch.GetElapsedTime(start).TotalNanoseconds, int.MaxValue);
    }

    private ReadOnlySpan<byte> Key(int number) => _key.AsSpan(0, _shape.Write(number, _key));
}
