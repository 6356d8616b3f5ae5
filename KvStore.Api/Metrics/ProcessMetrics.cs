using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace KvStore.Api.Metrics;

/// <summary>The process and its runtime, under the names that prometheus-net gave them.</summary>
internal static class ProcessMetrics
{
    private static readonly double StartTime = Read(process =>
        new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1_000.0);

    /// <summary>Adds the instruments.</summary>
    public static void Add(Meter meter)
    {
        meter.CreateObservableCounter("process.cpu", () => Read(process => process.TotalProcessorTime.TotalSeconds), "s", "Processor time used, user and system.");
        meter.CreateObservableGauge("process.start_time", () => StartTime, "s", "Start of the process, in seconds since the Unix epoch.");
        meter.CreateObservableGauge("process.working_set", () => Environment.WorkingSet, "By", "Memory of the process in RAM.");
        meter.CreateObservableGauge("process.private_memory", () => Read(process => process.PrivateMemorySize64), "By", "Memory that the process shares with no other.");
        meter.CreateObservableGauge("process.virtual_memory", () => Read(process => process.VirtualMemorySize64), "By", "Address space of the process.");
        meter.CreateObservableGauge("process.num_threads", () => Read(process => process.Threads.Count), unit: null, "Threads of the process.");
        meter.CreateObservableGauge("process.open_handles", () => Read(process => process.HandleCount), unit: null, "Open files and sockets of the process.");

        meter.CreateObservableCounter("dotnet.collection_count", CollectionCounts, unit: null, "Garbage collections of each generation, those of an older one included.");
        meter.CreateObservableGauge("dotnet.total_memory", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Memory that the garbage collector has given out.");
        meter.CreateObservableGauge("dotnet.gc_memory_limit", () => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, "By", "Memory that the garbage collector may give out.");
        meter.CreateObservableCounter("dotnet.gc_pause", () => GC.GetTotalPauseDuration().TotalSeconds, "s", "Time that garbage collections have stopped all threads.");
        meter.CreateObservableCounter("dotnet.gc_allocated", () => GC.GetTotalAllocatedBytes(), "By", "Memory allocated since the start.");
        meter.CreateObservableGauge("dotnet.processors", () => Environment.ProcessorCount, unit: null, "Processors that the process may use.");
        meter.CreateObservableGauge("dotnet.threadpool_threads", () => ThreadPool.ThreadCount, unit: null, "Threads of the thread pool.");
        meter.CreateObservableGauge("dotnet.threadpool_queue_length", () => ThreadPool.PendingWorkItemCount, unit: null, "Work items that wait for a thread of the pool.");
    }

    private static IEnumerable<Measurement<int>> CollectionCounts() =>
        from generation in Enumerable.Range(0, GC.MaxGeneration + 1)
        select new Measurement<int>(GC.CollectionCount(generation), new KeyValuePair<string, object?>("generation", generation));

    private static T Read<T>(Func<Process, T> property)
    {
        using var process = Process.GetCurrentProcess();
        return property(process);
    }
}
