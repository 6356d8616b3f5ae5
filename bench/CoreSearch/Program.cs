using System.Globalization;
using CoreSearch;
using Loader;

if (args.Length != 1 || !long.TryParse(args[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
{
    Console.Error.WriteLine("usage: CoreSearch KEYS");
    return 2;
}

var searches = new Searches(new KeyShape(KeyShape.Path, count));
searches.Measure("prefix: a user", 20_000, searches.OfUser);
searches.Measure("suffix: about 10 matches", 20_000, searches.WithDigits);
searches.Measure("suffix, evenly spread", 200, static _ => ("", "/e"));
searches.Measure("both: any prefix, suffix evenly spread", 200, static _ => ("u/", "/e"));
searches.Measure("both: a tenth of users, suffix evenly spread", 200, searches.TenthOfUsers);
return 0;
