using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using KvStore.Benchmarks;
using Perfolizer.Horology;

// Many short iterations: on a busy machine the median is that of those which were not disturbed.
var config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithIterationCount(20).WithIterationTime(TimeInterval.FromMilliseconds(200)).WithUnrollFactor(1))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumn(StatisticColumn.Median, new ThroughputColumn())
    .HideColumns(
        Column.Error, Column.AllocRatio, Column.Gen0, Column.Gen1, Column.Gen2, Column.InvocationCount, Column.UnrollFactor,
        Column.Ratio, Column.RatioSD);

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
