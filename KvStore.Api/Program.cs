using KvStore.Api.Endpoints;
using KvStore.Api.Grpc;
using KvStore.Api.Hosting;
using KvStore.Api.Http;
using KvStore.Api.Metrics;
using KvStore.Api.OpenApi;
using KvStore.Api.Options;
using KvStore.Api.Problems;

if (SettingsSources.IsHelp(args))
{
    Console.Write(SettingsHelp.Text);
    return 0;
}

try
{
    var builder = ServiceBuilder.Create(args);
    builder.Logging.AddConsoleLogging();
    builder.Services.AddSettings(builder.Configuration);
    builder.Services.AddStore();
    builder.Services.AddReadiness();
    builder.AddKvStoreMetrics();
    builder.Services.AddSwagger();
    builder.Services.AddGrpc();
    builder.AddServer();

    await using var app = builder.Build();
    var recovery = app.OpenStore();
    app.UseSpans();
    app.UseGrpc();
    app.UseKeyPaths();
    app.UseRouting();
    app.UseHttpMetrics();
    app.UseMetricsPort();
    app.UseLifecycle();
    app.UseProblems();
    app.UseExactMethods();

    app.MapReads();
    app.MapWrites();
    app.MapSet();
    app.MapBatch();
    app.MapLists();
    app.MapWatch();
    app.MapTransfer();
    app.MapHealth();
    app.MapAdmin();
    app.MapSwaggerPages();
    app.MapMetrics();

    app.StartMetrics();
    app.LogStart();
    await app.RunAsync();
    recovery.ThrowIfFailed();
    return 0;
}
catch (SettingsException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 2;
}
catch (StartException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync($"{exception.Message} Choose another port with PORT or GRPC_PORT, or stop what uses this one.");
    return 1;
}
