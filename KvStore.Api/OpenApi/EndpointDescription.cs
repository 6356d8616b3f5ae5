namespace KvStore.Api.OpenApi;

/// <summary>How an endpoint describes itself; run only when the document is made, so that a start costs nothing.</summary>
/// <param name="Describe">Fills in the endpoint's operation.</param>
internal sealed record EndpointDescription(Action<OperationBuilder> Describe);

/// <summary>Gives endpoints their descriptions.</summary>
internal static class EndpointDescriptionExtensions
{
    /// <summary>Describes an endpoint in the OpenAPI document.</summary>
    public static void Describe(this IEndpointConventionBuilder endpoint, Action<OperationBuilder> describe) =>
        endpoint.WithMetadata(new EndpointDescription(describe));
}
