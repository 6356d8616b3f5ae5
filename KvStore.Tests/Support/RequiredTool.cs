namespace KvStore.Tests.Support;

/// <summary>Programs that some tests need and not every machine has.</summary>
internal static class RequiredTool
{
    /// <summary>Finds a program, or skips the test that asks with the reason.</summary>
    /// <returns>Its full path.</returns>
    public static string SkipUnless(string tool)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);
        Skip.If(path is null, $"needs {tool} (apt install {Package(tool)})");
        return path;
    }

    /// <summary>The Debian package that has the program.</summary>
    private static string Package(string tool) => tool switch
    {
        "promtool" => "prometheus",
        _ => tool,
    };
}
