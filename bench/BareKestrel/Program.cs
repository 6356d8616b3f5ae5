using BareKestrel;

// The least that ASP.NET Core can do for the same answers: no store, no limits, no problems, no logging.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);

await using var app = builder.Build();

// Before routing, as in KvStore.
app.Use(next => context => HttpProtocol.IsHttp2(context.Request.Protocol) ? GrpcAnswer.GetAsync(context) : next(context));
app.UseRouting();
app.MapGet("/get/{key}", Answers.GetAsync);
app.MapPost("/set", Answers.SetAsync);
app.MapGet("/ready", static (HttpContext _) => Task.CompletedTask);
await app.RunAsync();
