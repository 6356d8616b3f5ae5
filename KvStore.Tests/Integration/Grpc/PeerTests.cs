using System.Globalization;
using KvStore.Tests.Support;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>Clients of other languages, with the proto files that the first clients have. What each does is in peers/.</summary>
public sealed class PeerTests(ServiceFactory service) : IClassFixture<ServiceFactory>
{
    private static readonly string[] Calls = ["bigtablelite", "kvstore", "subscribe", "errors", "gzip"];

    public static TheoryData<string> Languages => [.. Peer.Languages];

    public static TheoryData<string, string> CallsOfLanguages
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var language in Peer.Languages)
            {
                foreach (var call in Calls)
                {
                    all.Add(language, call);
                }
            }

            return all;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(CallsOfLanguages))]
    public async Task A_client_of_another_language_is_answered_as_it_expects(string language, string what)
    {
        await using var peer = PeerRun.Start(Peer.SkipUnless(language), service.GrpcAddress, what);

        await peer.EndAsync();
    }

    [SkippableFact]
    public async Task A_probe_of_the_kubelet_finds_each_service_healthy()
    {
        await using var peer = PeerRun.Start(Peer.SkipUnless("go"), service.GrpcAddress, "probe");

        await peer.EndAsync();
    }

    [SkippableTheory]
    [MemberData(nameof(Languages))]
    public async Task Metadata_comes_and_goes_as_it_is(string language)
    {
        await using var server = await EchoServer.StartAsync();
        await using var peer = PeerRun.Start(Peer.SkipUnless(language), server.Address, "metadata");

        await peer.EndAsync();
    }

    [SkippableTheory]
    [MemberData(nameof(Languages))]
    public async Task A_subscription_ends_with_its_deadline_on_both_sides(string language)
    {
        using var metrics = new HttpClient { BaseAddress = service.Address };
        await using var peer = PeerRun.Start(Peer.SkipUnless(language), service.GrpcAddress, "deadline");

        await peer.ReachAsync("exceeded");

        await MetricsScrape.UntilAsync(metrics, scrape => scrape["kvstore_watchers"] == 0);
        await peer.GoOnAsync();
        await peer.EndAsync();
    }

    [SkippableTheory]
    [MemberData(nameof(Languages))]
    public async Task A_subscription_that_its_client_cancels_ends_here_too(string language)
    {
        using var metrics = new HttpClient { BaseAddress = service.Address };
        await using var peer = PeerRun.Start(Peer.SkipUnless(language), service.GrpcAddress, "cancel");

        await peer.ReachAsync("subscribed");
        await MetricsScrape.UntilAsync(metrics, scrape => scrape["kvstore_watchers"] == 1);
        await peer.GoOnAsync();
        await peer.ReachAsync("cancelled");

        // Its connection is still there.
        await MetricsScrape.UntilAsync(metrics, scrape => scrape["kvstore_watchers"] == 0);
        await peer.GoOnAsync();
        await peer.EndAsync();
    }

    [SkippableTheory]
    [MemberData(nameof(Languages))]
    public async Task A_client_finds_the_service_again_after_a_restart(string language)
    {
        var client = Peer.SkipUnless(language);
        await using var first = await ServiceProcess.StartAsync();
        await using var peer = PeerRun.Start(client, first.GrpcAddress, "restart");
        await peer.ReachAsync("up");
        first.Terminate();
        (await first.WaitForExitAsync()).Should().Be(0);

        await peer.GoOnAsync();
        await peer.ReachAsync("down");
        await using var second = await ServiceProcess.StartAsync("", ("GRPC_PORT", first.GrpcAddress.Port.ToString(CultureInfo.InvariantCulture)));
        await peer.GoOnAsync();

        await peer.EndAsync();
    }
}
