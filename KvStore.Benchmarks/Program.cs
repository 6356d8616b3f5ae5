using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;

var config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithIterationCount(5))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .HideColumns(
        Column.Error, Column.RatioSD, Column.AllocRatio, Column.Gen0, Column.Gen1, Column.Gen2, Column.InvocationCount, Column.UnrollFactor);

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
