using Google.Protobuf;
using KvStore.Grpc.Client;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;
using KvStore.Grpc.Server;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

public sealed class GrpcClientTests
{
    [Fact]
    public async Task A_call_brings_its_answer_with_what_stands_beside_it()
    {
        Metadata? sent = null;
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = async (request, context) =>
            {
                sent = context.RequestHeaders;
                await context.WriteResponseHeadersAsync(new Metadata { { "before", "1" }, { "bytes-bin", [0, 255] } });
                context.ResponseTrailers.Add("behind", "2");
                return new GetResponse { Found = true, Value = request.Key + "!" };
            },
        });
        using var channel = server.OpenChannel();
        using var call = new KeyValueStoreClient(channel).GetAsync(
            new GetRequest { Key = "é" }, new CallOptions(new Metadata { { "asked", "3" }, { "asked-bin", [1, 2] } }));

        (await call).Value.Should().Be("é!");

        sent!.Get("asked").Should().Be("3");
        sent.GetBytes("asked-bin").Should().Equal(1, 2);
        (await call.ResponseHeadersAsync).Get("before").Should().Be("1");
        (await call.ResponseHeadersAsync).GetBytes("bytes-bin").Should().Equal(0, 255);
        call.GetTrailers().Get("behind").Should().Be("2");
        call.GetStatus().Should().Be(Status.Ok);
    }

    [Fact]
    public async Task An_error_without_an_answer_comes_with_its_text_and_trailers()
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = (_, _) => throw new RpcException(new Status(StatusCode.FailedPrecondition, "100 % wrong:\né"), new Metadata { { "why", "so" } }),
        });
        using var channel = server.OpenChannel();
        using var call = new KeyValueStoreClient(channel).GetAsync(new GetRequest());

        var error = await FailureOf(call.ResponseAsync);

        error.Status.Should().Be(new Status(StatusCode.FailedPrecondition, "100 % wrong:\né"));
        error.Trailers.Get("why").Should().Be("so");
        call.GetStatus().Should().Be(error.Status);
    }

    [Fact]
    public async Task A_stream_brings_its_messages_and_then_how_it_ended()
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Subscribe = async (_, responses, context) =>
            {
                await context.WriteResponseHeadersAsync(new Metadata { { "kvstore-revision", "7" } });
                await responses.WriteAsync(new ChangeEvent { Key = "a" });
                await responses.WriteAsync(new ChangeEvent { Key = "b" });
                throw new RpcException(new Status(StatusCode.Unavailable, "draining"), new Metadata { { "kvstore-revision", "9" } });
            },
        });
        using var channel = server.OpenChannel();
        using var call = new KeyValueStoreClient(channel).Subscribe(new SubscribeRequest());

        (await call.ResponseHeadersAsync).Get("kvstore-revision").Should().Be("7");
        (await call.ResponseStream.MoveNext()).Should().BeTrue();
        call.ResponseStream.Current.Key.Should().Be("a");
        (await call.ResponseStream.MoveNext()).Should().BeTrue();
        var error = await FailureOf(call.ResponseStream.MoveNext());

        error.Status.Should().Be(new Status(StatusCode.Unavailable, "draining"));
        error.Trailers.Get("kvstore-revision").Should().Be("9");
        (await FailureOf(call.ResponseStream.MoveNext())).Status.Should().Be(error.Status, "it stays so");
    }

    [Fact]
    public async Task A_stream_that_ends_well_is_read_to_its_end()
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Search = async (request, responses, _) =>
            {
                for (var i = 0; i < request.Limit; i++)
                {
                    await responses.WriteAsync(new SearchResult { Key = $"{i}", ValueBytes = ByteString.CopyFrom(new byte[i]) }, isMoreComing: true);
                }
            },
        });
        using var channel = server.OpenChannel();
        using var call = new KeyValueStoreClient(channel).Search(new SearchRequest { Limit = 1_000 });
        var found = new List<SearchResult>();

        await foreach (var result in call.ResponseStream.ReadAllAsync())
        {
            found.Add(result);
        }

        found.Select(result => result.ValueBytes.Length).Should().Equal(Enumerable.Range(0, 1_000));
        call.GetStatus().Code.Should().Be(StatusCode.Ok);
    }

    [Fact]
    public async Task A_deadline_is_sent_and_kept_even_where_nobody_answers()
    {
        using var silent = new Silent();
        using var channel = GrpcChannel.ForAddress("localhost:1", new GrpcChannelOptions { HttpHandler = silent });

        var call = new KeyValueStoreClient(channel).GetAsync(new GetRequest(), new CallOptions(Deadline: DateTime.UtcNow.AddSeconds(0.5)));

        (await FailureOf(call.ResponseAsync)).StatusCode.Should().Be(StatusCode.DeadlineExceeded);
        silent.Timeout.Should().MatchRegex("^[0-9]{1,8}[num]$");
    }

    [Fact]
    public async Task A_deadline_that_is_past_calls_nobody()
    {
        using var channel = GrpcChannel.ForAddress("localhost:1", new GrpcChannelOptions { HttpHandler = new Unreached() });

        var call = new KeyValueStoreClient(channel).GetAsync(new GetRequest(), new CallOptions(Deadline: DateTime.UtcNow.AddSeconds(-1)));

        (await FailureOf(call.ResponseAsync)).StatusCode.Should().Be(StatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task A_call_that_is_given_up_ends_on_both_sides()
    {
        var (begun, gone) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Subscribe = async (_, _, context) =>
            {
                await using var registration = context.CancellationToken.Register(gone.SetResult);
                await context.WriteResponseHeadersAsync([]);
                begun.SetResult();
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            },
        });
        using var channel = server.OpenChannel();
        using var stop = new CancellationTokenSource();
        using var call = new KeyValueStoreClient(channel).Subscribe(new SubscribeRequest());
        var next = call.ResponseStream.MoveNext(stop.Token);
        await begun.Task;

        await stop.CancelAsync();

        (await FailureOf(next)).StatusCode.Should().Be(StatusCode.Cancelled);
        await gone.Task;
    }

    [Fact]
    public async Task Disposing_of_a_call_gives_it_up()
    {
        var gone = new TaskCompletionSource();
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Subscribe = async (_, responses, context) =>
            {
                context.CancellationToken.Register(gone.SetResult);
                await responses.WriteAsync(new ChangeEvent());
                await gone.Task;
            },
        });
        using var channel = server.OpenChannel();

        using (var call = new KeyValueStoreClient(channel).Subscribe(new SubscribeRequest()))
        {
            (await call.ResponseStream.MoveNext()).Should().BeTrue();
        }

        await gone.Task;
    }

    [Fact]
    public async Task Messages_are_compressed_both_ways()
    {
        var value = new string('v', 100_000);
        var (requestBytes, encoding) = (0L, "");
        var service = new GrpcServer([new ScriptedStore { Get = (request, _) => ValueTask.FromResult(new GetResponse { Value = request.Key }) }]);
        await using var server = await GrpcTestServer.StartAsync(async context =>
        {
            requestBytes = context.Request.ContentLength ?? -1;
            await service.InvokeAsync(context);
            encoding = context.Response.Headers["grpc-encoding"];
        });
        using var channel = server.OpenChannel(new GrpcChannelOptions { CompressRequests = true });

        (await new KeyValueStoreClient(channel).GetAsync(new GetRequest { Key = value })).Value.Should().Be(value);

        requestBytes.Should().BeInRange(1, 2_000);
        encoding.Should().Be("gzip");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_is_too_long_is_not_taken(bool isGzip)
    {
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = (_, _) => ValueTask.FromResult(new GetResponse { Value = new string('v', 10_000) }),
        });
        using var channel = server.OpenChannel(new GrpcChannelOptions { MaxReceiveMessageSize = 9_999, CompressRequests = isGzip });

        var error = await FailureOf(new KeyValueStoreClient(channel).GetAsync(new GetRequest { Key = new string('k', 1_000) }).ResponseAsync);

        error.StatusCode.Should().Be(StatusCode.ResourceExhausted);
        error.Status.Detail.Should().Contain("9999");
    }

    [Fact]
    public async Task More_calls_than_a_connection_takes_go_over_several()
    {
        const int calls = 250;
        var all = new TaskCompletionSource();
        var begun = 0;
        await using var server = await GrpcTestServer.StartAsync(new ScriptedStore
        {
            Get = async (request, _) =>
            {
                if (Interlocked.Increment(ref begun) == calls)
                {
                    all.SetResult();
                }

                // None is answered before all have come.
                await all.Task;
                return new GetResponse { Value = request.Key };
            },
        });
        using var channel = server.OpenChannel();
        var client = new KeyValueStoreClient(channel);

        var answers = await Task.WhenAll(Enumerable.Range(0, calls).Select(i => client.GetAsync(new GetRequest { Key = $"{i}" }).ResponseAsync));

        answers.Select(answer => answer.Value).Should().Equal(Enumerable.Range(0, calls).Select(i => $"{i}"));
    }

    private static async Task<RpcException> FailureOf(Task call) =>
        (await ((Func<Task>)(() => call)).Should().ThrowAsync<RpcException>()).Which;

    private sealed class Unreached : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            cancellationToken.IsCancellationRequested
                ? Task.FromCanceled<HttpResponseMessage>(cancellationToken)
                : throw new InvalidOperationException("This was not to be sent.");
    }

    private sealed class Silent : HttpMessageHandler
    {
        public string? Timeout { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Timeout = request.Headers.GetValues("grpc-timeout").Single();
            await Task.Delay(System.Threading.Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("It waits for ever.");
        }
    }
}
