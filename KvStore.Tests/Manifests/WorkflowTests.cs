using System.Text.RegularExpressions;
using KvStore.Tests.Support;

namespace KvStore.Tests.Manifests;

/// <summary>GitHub's workflow, as actionlint reads it.</summary>
public sealed partial class WorkflowTests
{
    private static readonly string Workflow = File.ReadAllText(Path.Combine(Repository.Root, ".github/workflows/ci.yml"));

    [SkippableFact]
    public async Task Actionlint_has_nothing_to_say()
    {
        (await ManifestTools.LintWorkflowAsync(Workflow)).Should().BeEmpty();
    }

    [SkippableTheory]
    [InlineData("runs-on: ubuntu-latest", "runs_on: ubuntu-latest", "unexpected key \"runs_on\" for \"job\" section")]
    [InlineData("needs: test", "needs: tests", "job \"image\" needs job \"tests\" which does not exist in this workflow")]
    [InlineData("github.ref", "github.reff", "property \"reff\" is not defined")]
    [InlineData("timeout-minutes: 90", "timeout-minutes: long", "expecting")]
    public async Task A_break_is_refused(string valid, string broken, string finding)
    {
        Workflow.Should().Contain(valid);

        (await ManifestTools.LintWorkflowAsync(Workflow.Replace(valid, broken, StringComparison.Ordinal)))
            .Should().Contain(line => line.Contains(finding, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_job_ends_and_every_action_is_of_one_major_version()
    {
        var workflow = ManifestSet.Parse(Workflow).Single();

        foreach (var (name, job) in workflow.At("jobs")!.AsObject())
        {
            job.Number("timeout-minutes").Should().BePositive(name);
            job.Items("steps").Where(step => step.At("uses") is not null).Select(step => step.Text("uses"))
                .Should().NotBeEmpty().And.OnlyContain(action => PinnedAction().IsMatch(action!), name);
        }
    }

    [Fact]
    public void Nothing_may_be_written_but_where_a_job_says_so()
    {
        var workflow = ManifestSet.Parse(Workflow).Single();

        workflow.Map("permissions").Should().Equal(new Dictionary<string, string>(StringComparer.Ordinal) { ["contents"] = "read" });
        workflow.At("jobs")!.AsObject().Where(job => job.Value.Map("permissions").ContainsValue("write")).Select(job => job.Key).Should().Equal("image");
    }

    [Fact]
    public void Each_image_of_the_dockerfile_is_built()
    {
        var stages = File.ReadLines(Path.Combine(Repository.Root, "Dockerfile")).Select(line => FinalStage().Match(line))
            .Where(match => match.Success).Select(match => match.Groups["stage"].Value);

        ManifestSet.Parse(Workflow).Single().Items("jobs/image/strategy/matrix/include").Select(image => image.Text("target")).Should().BeEquivalentTo(stages);
    }

    // A build stage starts from the SDK, and is no image.
    [GeneratedRegex(@"^FROM \S+/(aspnet|runtime):\S+ AS (?<stage>\S+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FinalStage();

    [GeneratedRegex(@"^[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PinnedAction();
}
