namespace KvStore.Api.Endpoints;

/// <summary>Methods that endpoints share.</summary>
internal static class EndpointMethods
{
    /// <summary>What a resource that can be read answers.</summary>
    public static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];
}
