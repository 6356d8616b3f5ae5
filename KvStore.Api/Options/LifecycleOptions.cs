using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace KvStore.Api.Options;

/// <summary>How the service stops: section <c>KvStore:Lifecycle</c>.</summary>
internal sealed class LifecycleOptions
{
    /// <summary>How long the service goes on serving after SIGTERM, not ready any more, in seconds.</summary>
    [Description("How long to go on serving after SIGTERM, no longer ready, in seconds. In a container the default is 5.")]
    [Range(0.0, 300.0)]
    [DefaultValue(0)]
    public double DrainSeconds { get; set; } = ServerDefaults.DrainSeconds;

    /// <summary>How long requests in flight then have to finish, in seconds.</summary>
    [Description("How long requests in flight then have to finish, in seconds.")]
    [Range(0.0, 300.0)]
    public double StopSeconds { get; set; } = 20;
}
