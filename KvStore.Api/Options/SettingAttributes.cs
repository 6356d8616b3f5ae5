using System.ComponentModel.DataAnnotations;
using System.Numerics;

namespace KvStore.Api.Options;

/// <summary>Other names of a setting: environment variables in capitals, command-line options in lower case.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class AliasAttribute(params string[] names) : Attribute
{
    /// <summary>The names; where several are given, a later one wins.</summary>
    public IReadOnlyList<string> Names { get; } = names;
}

/// <summary>The number must be a power of two.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class PowerOfTwoAttribute : ValidationAttribute
{
    /// <inheritdoc />
    public override bool IsValid(object? value) => value is int number && BitOperations.IsPow2(number);
}

/// <summary>Defaults that depend on where the process runs.</summary>
internal static class ServerDefaults
{
    // The .NET base images set this.
    private static readonly bool IsInContainer =
        Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") is "true" or "1";

    /// <summary>Only this machine, but in a container, where no one could reach that.</summary>
    public static string Address => IsInContainer ? "*" : "localhost";

    /// <summary>Time for a load balancer to see that the node is not ready; at a terminal there is none.</summary>
    public static double DrainSeconds => IsInContainer ? 5 : 0;
}
