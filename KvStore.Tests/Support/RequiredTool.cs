namespace KvStore.Tests.Support;

/// <summary>Programs that some tests need and a machine may not have.</summary>
internal static class RequiredTool
{
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["go"] = "golang-go",
        ["h2load"] = "nghttp2-client",
        ["grpc_python_plugin"] = "protobuf-compiler-grpc",
        ["node"] = "nodejs",
        ["promtool"] = "prometheus",
        ["protoc"] = "protobuf-compiler",
        ["protoc-gen-go"] = "golang-goprotobuf-dev",
    };

    /// <summary>Skips the test, with the reason, where <paramref name="tool"/> is not on PATH; in CI, fails it.</summary>
    /// <returns>The tool's full path.</returns>
    public static string SkipUnless(string tool)
    {
        var path = Find(tool);
        Need(path is not null, $"needs {tool} (apt install {Packages.GetValueOrDefault(tool, tool)})");
        return path!;
    }

    /// <summary>Skips the test, with the reason, where the packages of <paramref name="folder"/> are not installed; in CI, fails it.</summary>
    public static void SkipUnlessInstalled(string folder) => Need(
        Directory.Exists(Path.Combine(folder, "node_modules")), $"needs npm ci --prefix {Path.GetRelativePath(Repository.Root, folder)} --ignore-scripts");

    /// <summary>The full path of <paramref name="tool"/>; null where it is not on PATH.</summary>
    public static string? Find(string tool) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, tool))
        .FirstOrDefault(File.Exists);

    // A test that CI skips guards nothing, and nobody sees it.
    private static void Need(bool isThere, string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            isThere.Should().BeTrue("CI {0}", reason);
        }

        Skip.IfNot(isThere, reason);
    }
}
