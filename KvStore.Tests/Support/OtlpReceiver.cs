using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace KvStore.Tests.Support;

/// <summary>Takes what is sent by OTLP over HTTP, and keeps it.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();
    private readonly SemaphoreSlim _arrival = new(0);

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/{**path}", ReceiveAsync);
    }

    /// <summary>What an exporter is to be told.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>All spans that have come, in the order in which they ended.</summary>
    public IReadOnlyList<OtlpSpan> Spans => [.. _received.Where(message => message.Path == "/v1/traces").SelectMany(message => OtlpSpan.Read(message.Body))];

    /// <summary>All that has come, as text: protobuf has strings as they are.</summary>
    public string Text => string.Concat(_received.Select(message => Encoding.Latin1.GetString(message.Body)));

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Waits for a message to <paramref name="path"/> with <paramref name="text"/> in it.</summary>
    public async Task<string> WaitForAsync(string path, string text)
    {
        string? found = null;
        await UntilAsync(() =>
        {
            found = _received.Where(message => message.Path == path).Select(message => Encoding.Latin1.GetString(message.Body))
                .FirstOrDefault(body => body.Contains(text, StringComparison.Ordinal));
            return found is not null;
        });
        return found!;
    }

    /// <summary>Waits for a span of this name.</summary>
    public async Task<OtlpSpan> WaitForSpanAsync(string name)
    {
        await UntilAsync(() => Spans.Any(span => span.Name == name));
        return Spans.First(span => span.Name == name);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _arrival.Dispose();
    }

    private async Task UntilAsync(Func<bool> hasCome)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!hasCome())
        {
            await _arrival.WaitAsync(patience.Token);
        }
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        _received.Enqueue((context.Request.Path.Value!, body.ToArray()));
        _arrival.Release();
    }
}
