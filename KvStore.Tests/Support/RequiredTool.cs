namespace KvStore.Tests.Support;

/// <summary>Programs that some tests need and a machine may not have.</summary>
internal static class RequiredTool
{
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["go"] = "golang-go",
        ["grpc_python_plugin"] = "protobuf-compiler-grpc",
        ["node"] = "nodejs",
        ["promtool"] = "prometheus",
        ["protoc"] = "protobuf-compiler",
        ["protoc-gen-go"] = "golang-goprotobuf-dev",
    };

    /// <summary>Skips the test, with the reason, where <paramref name="tool"/> is not on PATH.</summary>
    /// <returns>The tool's full path.</returns>
    public static string SkipUnless(string tool)
    {
        var path = Find(tool);
        Skip.If(path is null, $"needs {tool} (apt install {Packages.GetValueOrDefault(tool, tool)})");
        return path!;
    }

    /// <summary>The full path of <paramref name="tool"/>; null where it is not on PATH.</summary>
    public static string? Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, tool))
        .FirstOrDefault(File.Exists);
}
