using KvStore.Cli.Watching;
using KvStore.Grpc.KeyValue;
using KvStore.Grpc.Protocol;

namespace KvStore.Tests.Unit.Cli;

public sealed class ChangeFeedTests
{
    private static readonly RpcException Away = new(new Status(StatusCode.Unavailable, "away"));

    private readonly List<string> _notes = [];

    [Fact]
    public async Task A_cut_stream_goes_on_after_the_last_change()
    {
        var server = new FakeServer(
            new Connection(5, "h", [6, 8], Away),
            new Connection(8, "h", [9], null),
            new Connection(9, "h", [10], Away));

        (await ReadAsync(server, 4)).Should().Equal(6, 8, 9, 10);

        server.Asked.Should().Equal(null, 8, 9);
        _notes.Should().ContainSingle().Which.Should().Contain("after revision 8");
    }

    [Fact]
    public async Task A_stream_that_is_cut_before_anything_happens_goes_on_from_where_it_began()
    {
        var server = new FakeServer(new Connection(5, "h", [], Away), new Connection(5, "h", [6], null));

        (await ReadAsync(server, 1)).Should().Equal(6);

        server.Asked.Should().Equal(null, 5);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable, "draining")]
    [InlineData(StatusCode.ResourceExhausted, "fell-behind")]
    public async Task A_server_that_says_from_where_to_go_on_is_believed(StatusCode status, string code)
    {
        var end = new RpcException(new Status(status, code), new Metadata { { "kvstore-error-code", code }, { "kvstore-revision", "20" } });
        var server = new FakeServer(new Connection(5, "h", [6], end), new Connection(20, "h", [21], null));

        (await ReadAsync(server, 2)).Should().Equal(6, 21);

        server.Asked.Should().Equal(null, 20);
    }

    [Fact]
    public async Task A_server_that_is_away_is_waited_for()
    {
        var server = new FakeServer(
            new Connection(5, "h", [6], Away), Connection.Refused(Away), Connection.Refused(Away), new Connection(6, "h", [7], null));

        (await ReadAsync(server, 2)).Should().Equal(6, 7);

        _notes.Should().ContainSingle();
    }

    [Fact]
    public async Task Patience_has_an_end()
    {
        var server = new FakeServer(new Connection(5, "h", [6], Away), Connection.Refused(Away), Connection.Refused(Away));

        (await FailureOf(() => ReadAsync(server, 2, patience: TimeSpan.Zero))).Should().BeSameAs(Away);

        server.Asked.Should().HaveCount(2);
    }

    [Fact]
    public async Task A_server_that_was_never_there_is_not_waited_for()
    {
        var server = new FakeServer(Connection.Refused(Away));

        (await FailureOf(() => ReadAsync(server, 1))).Should().BeSameAs(Away);
    }

    [Fact]
    public async Task An_error_that_waiting_does_not_mend_ends_it()
    {
        var wrong = new RpcException(new Status(StatusCode.ResourceExhausted, "value-too-large"));
        var server = new FakeServer(new Connection(5, "h", [6], wrong));

        (await FailureOf(() => ReadAsync(server, 2))).Should().BeSameAs(wrong);
    }

    [Fact]
    public async Task A_new_history_with_a_later_revision_is_followed_from_its_beginning()
    {
        var server = new FakeServer(
            new Connection(5, "old", [6], Away), new Connection(6, "new", [7], null), new Connection(0, "new", [1, 2], null));

        (await ReadAsync(server, 3)).Should().Equal(6, 1, 2);

        server.Asked.Should().Equal(null, 6, 0);
        _notes.Should().Contain(note => note.Contains("new history", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_history_with_an_earlier_revision_is_too()
    {
        var ahead = new RpcException(new Status(StatusCode.OutOfRange, "revision-compacted"));
        var server = new FakeServer(
            new Connection(5, "old", [6], Away),
            Connection.Refused(ahead),
            new Connection(2, "new", [], null),
            new Connection(0, "new", [1, 2], null));

        (await ReadAsync(server, 3)).Should().Equal(6, 1, 2);

        server.Asked.Should().Equal(null, 6, null, 0);
    }

    [Fact]
    public async Task A_server_that_goes_away_while_its_history_is_asked_for_is_waited_for()
    {
        var ahead = new RpcException(new Status(StatusCode.OutOfRange, "revision-compacted"));
        var server = new FakeServer(
            new Connection(5, "old", [6], Away),
            Connection.Refused(ahead),
            Connection.Refused(Away),
            Connection.Refused(ahead),
            new Connection(2, "new", [], null),
            new Connection(0, "new", [1], null));

        (await ReadAsync(server, 2)).Should().Equal(6, 1);
    }

    [Fact]
    public async Task A_server_that_came_back_with_a_new_history_may_be_away_once_more()
    {
        var server = new FakeServer(
            new Connection(0, "old", [], Away),
            new Connection(0, "new", [], null),
            Connection.Refused(Away),
            new Connection(0, "new", [1], null));

        (await ReadAsync(server, 1, patience: TimeSpan.Zero)).Should().Equal(1);

        _notes.Should().HaveCount(3, "it says each time that the server is away");
    }

    [Fact]
    public async Task Changes_that_are_no_longer_kept_are_not_left_out_silently()
    {
        var compacted = new RpcException(new Status(StatusCode.OutOfRange, "revision-compacted"));
        var server = new FakeServer(
            new Connection(5, "h", [6], Away), Connection.Refused(compacted), new Connection(900, "h", [], null));

        (await FailureOf(() => ReadAsync(server, 2))).Should().BeSameAs(compacted);
    }

    private async Task<List<long>> ReadAsync(FakeServer server, int count, TimeSpan? patience = null)
    {
        var feed = new ChangeFeed(server, new SubscribeRequest { AllKeys = true }, patience, _notes.Add, new HurriedTime());
        var revisions = new List<long>();
        await foreach (var change in feed.ReadAllAsync(default))
        {
            revisions.Add(change.Revision);
            if (revisions.Count == count)
            {
                break;
            }
        }

        return revisions;
    }

    private static async Task<RpcException> FailureOf(Func<Task> read) => (await read.Should().ThrowAsync<RpcException>()).Which;

    /// <summary>What one attempt to connect meets.</summary>
    private sealed record Connection(long Revision, string History, long[] Changes, RpcException? End)
    {
        public RpcException? Refusal { get; private init; }

        public static Connection Refused(RpcException refusal) => new(0, "", [], null) { Refusal = refusal };
    }

    private sealed class FakeServer(params Connection[] connections) : IChangeSource
    {
        private readonly Queue<Connection> _connections = new(connections);

        /// <summary>After which revision each attempt asked; null = now.</summary>
        public List<long?> Asked { get; } = [];

        public Task<IChangeStream> OpenAsync(SubscribeRequest request, CancellationToken cancellationToken)
        {
            Asked.Add(request.HasSinceRevision ? request.SinceRevision : null);
            var connection = _connections.Dequeue();
            return connection.Refusal is { } refusal ? throw refusal : Task.FromResult<IChangeStream>(new FakeStream(connection));
        }
    }

    private sealed class FakeStream(Connection connection) : IChangeStream
    {
        private int _next;

        public long Revision => connection.Revision;

        public string HistoryId => connection.History;

        public Task<ChangeEvent?> NextAsync(CancellationToken cancellationToken) =>
            _next < connection.Changes.Length ? Task.FromResult<ChangeEvent?>(new ChangeEvent { Revision = connection.Changes[_next++] })
            : connection.End is { } end ? throw end
            : Task.FromResult<ChangeEvent?>(null);

        public void Dispose()
        {
            // It holds nothing.
        }
    }

    /// <summary>Time in which whatever is waited for is over at once.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
    }
}
