using System.Diagnostics;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>A client in another language, by that language's own gRPC library.</summary>
/// <param name="Program">What to start.</param>
/// <param name="Script">What to start it with.</param>
/// <param name="Folders">Where it finds its generated code, as an environment variable; null = it knows.</param>
internal sealed record Peer(string Program, string? Script, (string Name, string Value)? Folders = null)
{
    private const string DebiansPython = "/usr/bin/python3";

    private static readonly string Sources = Path.Combine(Repository.Root, "KvStore.Tests", "Integration", "Grpc", "peers");
    private static readonly string Built = Path.Combine(AppContext.BaseDirectory, "peers");
    private static readonly string[] Services = ["bigtablelite", "kvstore"];
    private static readonly Lock Building = new();

    /// <summary>The languages that there are clients in.</summary>
    public static IReadOnlyList<string> Languages => ["python", "node", "go"];

    /// <summary>Makes the client of a language ready; skips the test, with the reason, where something that it needs is missing.</summary>
    public static Peer SkipUnless(string language)
    {
        lock (Building)
        {
            return language switch
            {
                "python" => Python(),
                "node" => Node(),
                _ => Go(),
            };
        }
    }

    // Debian's libraries are for Debian's Python, which need not be the first on PATH.
    private static Peer Python()
    {
        Skip.If(!File.Exists(DebiansPython), "needs /usr/bin/python3 (apt install python3)");
        Skip.If(Run(DebiansPython, ["-c", "import grpc, google.protobuf"]).ExitCode != 0, "needs grpc of /usr/bin/python3 (apt install python3-grpcio)");
        var plugin = RequiredTool.SkipUnless("grpc_python_plugin");
        var folder = Folder("python");
        Protoc([$"--plugin=protoc-gen-grpc={plugin}", $"--python_out={folder}", $"--grpc_out={folder}"], [.. Services]);
        return new Peer(DebiansPython, Path.Combine(Sources, "python", "client.py"), ("PYTHONPATH", folder));
    }

    private static Peer Node()
    {
        var program = RequiredTool.SkipUnless("node");
        var folder = Path.Combine(Sources, "node");
        RequiredTool.SkipUnlessInstalled(folder);
        return new Peer(program, Path.Combine(folder, "client.js"));
    }

    // Debian's libraries are where Go looked for them before it had modules.
    private static Peer Go()
    {
        const string Libraries = "/usr/share/gocode";
        var go = RequiredTool.SkipUnless("go");
        RequiredTool.SkipUnless("protoc-gen-go");
        Skip.If(!Directory.Exists(Path.Combine(Libraries, "src/google.golang.org/grpc")), "needs grpc of Go (apt install golang-google-grpc-dev)");
        var (folder, code, client) = (Folder("go"), Folder("go/src"), Path.Combine(Folder("go"), "client"));
        foreach (var service in Services)
        {
            Protoc([$"--go_out=plugins=grpc:{code}"], service);
        }

        Must(go, ["build", "-o", client, Path.Combine(Sources, "go", "client.go")],
            ("GO111MODULE", "off"), ("GOPATH", $"{folder}:{Libraries}"), ("CGO_ENABLED", "0"));
        return new Peer(client, Script: null);
    }

    private static void Protoc(string[] options, params string[] services) => Must(
        RequiredTool.SkipUnless("protoc"),
        [$"--proto_path={Path.Combine(Sources, "protos")}", .. options, .. services.Select(service => service + ".proto")]);

    private static string Folder(string name) => Directory.CreateDirectory(Path.Combine(Built, name)).FullName;

    private static void Must(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var (exitCode, output) = Run(program, arguments, environment);
        exitCode.Should().Be(0, "{0} {1} said {2}", program, string.Join(' ', arguments), output);
    }

    private static (int ExitCode, string Output) Run(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
