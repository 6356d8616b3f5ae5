namespace KvStore.Tests.Support;

/// <summary>Prometheus' own checks.</summary>
internal static class Promtool
{
    /// <summary>Runs it on the files of the repository; skips the test where it is not installed.</summary>
    public static Task<ProgramRun> RunAsync(string[] arguments, string input = "") =>
        ProgramRun.ToEndAsync(RequiredTool.SkipUnless("promtool"), arguments, input);
}
