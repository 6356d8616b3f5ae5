namespace KvStore.Tests.Support;

/// <summary>Memory that a test runs out of.</summary>
internal static class NoMemory
{
    /// <summary>What the runtime throws where it finds none.</summary>
#pragma warning disable CA2201, MA0012 // Nobody but the runtime should throw it: a test stands in for that.
    public static Exception Fault => new OutOfMemoryException();
#pragma warning restore CA2201, MA0012
}
