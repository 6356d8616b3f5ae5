using KvStore.Api.Endpoints;
using KvStore.Core.Store;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.Swagger;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace KvStore.Api.OpenApi;

/// <summary>Serves the OpenAPI document and Swagger UI.</summary>
/// <remarks>
/// Their middlewares run behind an endpoint, so that no other request passes through them, and are set up by the first request,
/// so that a start does not wait for them.
/// </remarks>
internal static class SwaggerSetup
{
    private const string Path = "/swagger/{**page}";

    // Three habits of Swagger UI make a request other than the page shows, or one that cannot succeed. Where an answer may be JSON it
    // shows application/json as chosen, and yet sends Accept: */*; without that preset it chooses the first media type, and sends
    // it. It sends the empty fields of a form unless each is unticked; this leaves them unticked. And it takes lines of JSON for text
    // to be put into one JSON string, by their media type's name.
    private const string TruthfulRequests = """
        ({
          afterLoad({ fn }) {
            const sample = fn.getSampleSchema;
            Object.assign(this.fn, {
              getSampleSchema: (schema, type, config, example) =>
                type === "application/x-ndjson" && typeof example === "string" ? example : sample(schema, type, config, example),
            });
          },
          statePlugins: { spec: { wrapSelectors: { currentProducesFor: () => () => undefined } } },
          wrapComponents: {
            ParameterIncludeEmpty: (Original, { React }) => props =>
              React.createElement(Original, { ...props, isIncludedOptions: {} }),
          },
        })
        """;

    // Shows the first two seconds of a watch: the page waits for the end of an answer, and a watch has none.
    private const string BoundedStreams = """
        (request) => {
          request.userFetch = async (url, options) => {
            const answer = await fetch(url, options);
            if (!(answer.headers.get('content-type') || '').startsWith('text/event-stream')) {
              return answer;
            }
            const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
            setTimeout(() => reader.cancel(), 2000);
            let text = '';
            for (let part = await reader.read(); !part.done; part = await reader.read()) {
              text += part.value;
            }
            return new Response(text, { status: answer.status, statusText: answer.statusText, headers: answer.headers });
          };
          return request;
        }
        """;

    /// <summary>Adds what makes the document, on the first request for it.</summary>
    public static void AddSwagger(this IServiceCollection services) =>
        services.AddSingleton<ISwaggerProvider>(provider => new ApiDocument(
            provider.GetRequiredService<EndpointDataSource>(),
            provider.GetRequiredService<IKeyValueStore>().Limits));

    /// <summary>Maps <c>/swagger</c> and what is below it.</summary>
    public static void MapSwaggerPages(this IEndpointRouteBuilder routes)
    {
        var pages = new Lazy<RequestDelegate>(() => Build(routes.CreateApplicationBuilder()));
        routes.MapMethods(Path, EndpointMethods.GetAndHead, context =>
        {
            // The middlewares leave requests alone that have an endpoint.
            context.SetEndpoint(null);
            return pages.Value(context);
        }).ExcludeFromDescription();
    }

    private static RequestDelegate Build(IApplicationBuilder pages) => pages
        .UseSwagger(options => options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_0)
        .UseSwaggerUI(ConfigureUi)
        .Build();

    private static void ConfigureUi(SwaggerUIOptions options)
    {
        options.DocumentTitle = ApiDocument.Title;
        options.SwaggerEndpoint($"{ApiDocument.Name}/swagger.json", ApiDocument.Title);
        options.DisplayRequestDuration();
        options.ShowCommonExtensions();
        options.DefaultModelsExpandDepth(0);
        options.EnableDeepLinking();
        options.UseRequestInterceptor(BoundedStreams);
        options.ConfigObject.Plugins = [TruthfulRequests];
    }
}
