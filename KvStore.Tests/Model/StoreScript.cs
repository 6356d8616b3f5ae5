using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Tests.Support;

namespace KvStore.Tests.Model;

/// <summary>A sequence of commands, made at random and made smaller when it has found a fault.</summary>
internal sealed class StoreScript(IReadOnlyList<StoreCommand> commands)
{
    // Some that meet often, a stretch that makes keys differ late, and every shape that UTF-8 has.
    private static readonly Gen<string> Piece = Gen.Frequency(
        (5, Gen.Elements("a", "b", "/", "0", ".txt", "é", "😀", new string('x', 40))),
        (4, Gen.Elements(AnyText.Utf8Shapes)),
        (1, AnyText.Scalar));

    private static readonly Gen<string> Text =
        Gen.Choose(1, 4).SelectMany(pieces => Piece.ArrayOf(pieces)).Select(string.Concat);

    // For stores that are kept in files alone.
    private static readonly Gen<StoreCommand> OfFiles = Gen.Frequency(
        (3, Gen.Constant((StoreCommand)new WriteSnapshot())),
        (2, from isCrash in Gen.Elements(true, false) from milliseconds in Gen.Choose(0, 20) select (StoreCommand)new Restart(isCrash, milliseconds)));

    public static readonly Arbitrary<StoreScript> Any = Scripts(command => command);

    /// <summary>Scripts with snapshots and restarts.</summary>
    public static readonly Arbitrary<StoreScript> AnyOfFiles = Scripts(command => Gen.Frequency((6, command), (1, OfFiles)));

    public IReadOnlyList<StoreCommand> Commands => commands;

    public override string ToString() => string.Join('\n', commands.Select(command => command.ToString()));

    private static Arbitrary<StoreScript> Scripts(Func<Gen<StoreCommand>, Gen<StoreCommand>> with) => Arb.From(
        from texts in Text.ArrayOf(5)
        from commands in with(Command(texts, [.. texts.SelectMany(Cuts).Distinct(StringComparer.Ordinal)])).ArrayOf()
        select new StoreScript(commands),
        Shrink);

    /// <summary>Commands on few enough keys that they meet: some texts, their beginnings and ends, and those put together.</summary>
    private static Gen<StoreCommand> Command(string[] texts, string[] parts)
    {
        var part = Gen.Elements(parts);
        var key = Gen.Frequency(
            (6, Gen.Elements(texts)), (4, part), (1, from left in Gen.Elements(texts) from right in part select left + right));
        var condition = Gen.Frequency((3, Gen.Constant(Condition.None)), (2, Gen.Elements(Enum.GetValues<Condition>())));
        var ttl = Gen.Frequency((2, Gen.Constant<int?>(null)), (1, Gen.Choose(1, 20).Select(milliseconds => (int?)milliseconds)));
        var limit = Gen.Frequency((6, Gen.Choose(1, 4)), (1, Gen.Elements(5_000, int.MaxValue - 1)));

        var set = from k in key
                  from value in Gen.Elements(StoreRun.Values)
                  from contentType in Gen.Elements(null, "application/json", "x/y")
                  from t in ttl
                  from c in condition
                  select (StoreCommand)new SetKey(k, value, contentType, t, c);
        var cut = from text in part
                  from bytes in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(1, 3)))
                  select new KeyPart(text, bytes);
        var search = from prefix in cut
                     from suffix in cut
                     from after in part.OrNull()
                     from l in limit
                     from shape in Gen.Choose(0, 2)
                     select (StoreCommand)new SearchKeys(shape == 1 ? "" : prefix, shape == 2 ? "" : suffix, after, l);
        var delete = from k in key from c in condition select (StoreCommand)new DeleteKey(k, c);
        var get = key.Select(k => (StoreCommand)new GetKey(k));
        var batch = from count in Gen.Choose(0, 20)
                    from commands in Gen.Frequency((3, set), (1, delete), (2, get)).ArrayOf(count)
                    from isAtomic in Gen.Elements(true, false)
                    from turn in Gen.Elements(1, 3, 100)
                    select (StoreCommand)new RunBatch(commands, isAtomic, turn);
        return Gen.Frequency(
            (60, set),
            (20, delete),
            (20, get),
            (20, batch),
            (15, Gen.Choose(1, 20).Select(milliseconds => (StoreCommand)new Advance(milliseconds))),
            (8, Gen.Constant((StoreCommand)new Sweep())),
            (25, search),
            (15, limit.Select(l => (StoreCommand)new SearchOn(l))),
            (10, from prefix in cut from suffix in cut select (StoreCommand)new CountKeys(prefix, suffix)),
            (2, from prefix in part
                from keys in Gen.Elements(2_100, 4_200)
                from suffix in part
                select (StoreCommand)new Fill(prefix, keys, suffix)),
            (2, from prefix in part from suffix in part from kept in Gen.Choose(2, 50) select (StoreCommand)new Thin(prefix, suffix, kept)));
    }

    /// <summary>The text cut in two at each of its characters.</summary>
    private static IEnumerable<string> Cuts(string text)
    {
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            yield return text[..at];
            yield return text[at..];
            at += rune.Utf16SequenceLength;
        }
    }

    private static IEnumerable<StoreScript> Shrink(StoreScript script) =>
        [.. WithoutSome(script.Commands), .. WithSimplerCommands(script.Commands), .. WithShorterTexts(script.Commands)];

    private static IEnumerable<StoreScript> WithoutSome(IReadOnlyList<StoreCommand> commands)
    {
        for (var size = commands.Count; size > 0; size /= 2)
        {
            for (var start = 0; start + size <= commands.Count; start += size)
            {
                yield return new StoreScript([.. commands.Take(start), .. commands.Skip(start + size)]);
            }
        }
    }

    private static IEnumerable<StoreScript> WithSimplerCommands(IReadOnlyList<StoreCommand> commands) =>
        from i in Enumerable.Range(0, commands.Count)
        from simpler in commands[i].Simpler()
        select new StoreScript([.. commands.Take(i), simpler, .. commands.Skip(i + 1)]);

    /// <summary>A text becomes shorter wherever it stands, so that what belonged together still does.</summary>
    private static IEnumerable<StoreScript> WithShorterTexts(IReadOnlyList<StoreCommand> commands) =>
        from text in commands.SelectMany(command => command.Texts).Distinct(StringComparer.Ordinal)
        from shorter in Shorter(text)
        select new StoreScript([.. commands.Select(command => command.Rename(other => other == text ? shorter : other))]);

    private static IEnumerable<string> Shorter(string text)
    {
        var runes = text.EnumerateRunes().ToList();
        return runes.Count < 2
            ? []
            : runes.Select((_, at) => Join(runes.Where((_, i) => i != at)))
                .Prepend(Join(runes.Skip(runes.Count / 2)))
                .Prepend(Join(runes.Take(runes.Count / 2)))
                .Distinct(StringComparer.Ordinal);

        static string Join(IEnumerable<Rune> runes) => string.Concat(runes.Select(rune => rune.ToString()));
    }
}
