using KvStore.Core.Store;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace KvStore.Api.OpenApi;

/// <summary>Serves the OpenAPI document and Swagger UI. Both are endpoints, so that no other request passes through them.</summary>
internal static class SwaggerSetup
{
    private const string UiPath = "swagger";
    private const string DocumentPath = "/swagger/{documentName}/swagger.json";

    // Two habits of Swagger UI make a request other than the page shows, or one that cannot succeed. Where an answer may be JSON it
    // shows application/json as chosen, and yet sends Accept: */*; without that preset it chooses the first media type, and sends
    // it. And it sends the empty fields of a form unless each is unticked; this leaves them unticked.
    private const string TruthfulRequests = """
        ({
          statePlugins: { spec: { wrapSelectors: { currentProducesFor: () => () => undefined } } },
          wrapComponents: {
            ParameterIncludeEmpty: (Original, { React }) => props =>
              React.createElement(Original, { ...props, isIncludedOptions: {} }),
          },
        })
        """;

    /// <summary>Adds what makes the document, on the first request for it.</summary>
    public static void AddSwagger(this IServiceCollection services) =>
        services.AddSingleton<ISwaggerProvider>(provider => new ApiDocument(
            provider.GetRequiredService<EndpointDataSource>(),
            provider.GetRequiredService<IKeyValueStore>().Limits));

    /// <summary>Maps <c>/swagger</c> and <c>/swagger/v1/swagger.json</c>.</summary>
    public static void MapSwaggerPages(this IEndpointRouteBuilder routes)
    {
        routes.MapSwagger(DocumentPath, options => options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0)
            .ExcludeFromDescription();
        routes.MapSwaggerUI(UiPath, ConfigureUi).ExcludeFromDescription();
    }

    private static void ConfigureUi(SwaggerUIOptions options)
    {
        options.DocumentTitle = ApiDocument.Title;
        options.SwaggerEndpoint($"{ApiDocument.Name}/swagger.json", ApiDocument.Title);
        options.DisplayRequestDuration();
        options.ShowCommonExtensions();
        options.DefaultModelsExpandDepth(0);
        options.EnableDeepLinking();
        options.ConfigObject.Plugins = [TruthfulRequests];
    }
}
