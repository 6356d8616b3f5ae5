using KvStore.Grpc.Protocol;
using KvStore.Tests.Support;
using KvStore.Tests.Support.Http2;

namespace KvStore.Tests.Integration.Grpc;

/// <summary>Requests that are no calls, or whose headers are wrong.</summary>
public sealed class MalformedCallTests(ServiceFactory service) : IClassFixture<ServiceFactory>
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc+json")]
    [InlineData("application/grpcx")]
    [InlineData("text/plain;application/grpc")]
    public void Another_content_type_is_415(string? contentType)
    {
        Call(GrpcCalls.Get, ("content-type", contentType)).HttpStatus.Should().Be(415);
    }

    [Theory]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc;charset=utf-8")]
    [InlineData("Application/gRPC")]
    public void A_content_type_may_say_what_the_messages_are(string contentType)
    {
        Call(GrpcCalls.Get, ("content-type", contentType)).Status.Should().Be(0);
    }

    [Theory]
    [InlineData("https")]
    [InlineData("grpc")]
    public void The_scheme_may_be_what_a_proxy_was_asked_by(string scheme)
    {
        Call(GrpcCalls.Get, (":scheme", scheme)).Status.Should().Be(0);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("OPTIONS")]
    [InlineData("post")]
    public void Another_method_is_405(string method)
    {
        var answer = Call(GrpcCalls.Get, (":method", method));

        answer.HttpStatus.Should().Be(405);
        answer.Headers["allow"].Should().Be("POST");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("gzip")]
    public void A_request_without_te_trailers_is_internal(string? te)
    {
        // Other values are forbidden by HTTP/2 itself, so that either may refuse them.
        var answer = Call(GrpcCalls.Get, ("te", te));

        (answer.Status == (int)StatusCode.Internal || answer.Reset is not null || answer.GoAway is not null).Should().BeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("S")]
    [InlineData("1s")]
    [InlineData("1h")]
    [InlineData("-1S")]
    [InlineData("+1S")]
    [InlineData("1.5S")]
    [InlineData("1 S")]
    [InlineData("1SS")]
    [InlineData("1S,2S")]
    [InlineData("0x1S")]
    [InlineData("123456789S")]
    public void A_timeout_that_is_none_is_internal(string timeout)
    {
        Call(GrpcCalls.Get, ("grpc-timeout", timeout)).Status.Should().Be((int)StatusCode.Internal);
    }

    [Theory]
    [InlineData("1H")]
    [InlineData("99999999H")]
    [InlineData("99999999S")]
    [InlineData("00000001M")]
    public void A_timeout_in_the_distance_changes_nothing(string timeout)
    {
        Call(GrpcCalls.Get, ("grpc-timeout", timeout)).Status.Should().Be(0);
    }

    [Theory]
    [InlineData("0S")]
    [InlineData("0n")]
    [InlineData("1n")]
    public void A_timeout_that_has_passed_ends_the_call_with_deadline_exceeded(string timeout)
    {
        Call(GrpcCalls.Get, ("grpc-timeout", timeout)).Status.Should().Be((int)StatusCode.DeadlineExceeded);
    }

    [Fact]
    public void A_deadline_that_passes_before_the_message_has_come_ends_the_call()
    {
        using var connection = new Http2Connection(service.GrpcAddress);

        connection.Read(connection.Open(GrpcCalls.HeadersOf(GrpcCalls.Get, ("grpc-timeout", "50m"))))
            .Status.Should().Be((int)StatusCode.DeadlineExceeded);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("/health")]
    [InlineData("/bigtablelite.BigTableLite")]
    [InlineData("/bigtablelite.BigTableLite/")]
    [InlineData("/bigtablelite.BigTableLite/get")]
    [InlineData("/bigtablelite.BigTableLite/Get/")]
    [InlineData("/bigtablelite.BigTableLite/Nothing")]
    [InlineData("/bigtablelite.BigTableLite/%47et")]
    [InlineData("/bigtablelite.BigTableLite/Get?")]
    [InlineData("/other/../bigtablelite.BigTableLite/Get")]
    [InlineData("/other.Service/Get")]
    public void A_method_that_there_is_not_is_unimplemented(string path)
    {
        Call(path).Status.Should().Be((int)StatusCode.Unimplemented);
    }

    [Theory]
    [InlineData("")]
    [InlineData("bigtablelite.BigTableLite/Get")]
    [InlineData("*")]
    public void A_path_without_a_slash_is_no_request(string path)
    {
        var answer = Call(path);

        (answer.Reset is not null || answer.GoAway is not null || answer.HttpStatus is >= 400 and < 500).Should().BeTrue();
        AnswersShouldGoOn();
    }

    [Fact]
    public void Headers_that_are_too_large_are_refused()
    {
        var answer = Call(GrpcCalls.Get, ("x-large", new string('a', 40_000)));

        (answer.Reset is not null || answer.GoAway is not null || answer.HttpStatus == 431).Should().BeTrue();
        AnswersShouldGoOn();
    }

    [Fact]
    public void Headers_without_end_are_refused_before_their_end()
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        connection.Send(FrameType.Headers, 0, 1, HeaderBlock.Encode(GrpcCalls.HeadersOf(GrpcCalls.Get)));
        var piece = HeaderBlock.Encode([("x-piece", new string('a', 10_000))]);
        for (var i = 0; i < 100; i++)
        {
            connection.Send(FrameType.Continuation, 0, 1, piece);
        }

        connection.ReadToEnd();
        AnswersShouldGoOn();
    }

    [Fact]
    public void Too_many_headers_are_refused()
    {
        var answer = Call(GrpcCalls.Get, [.. Enumerable.Range(0, 200).Select(i => ($"x-{i}", (string?)"a"))]);

        (answer.Reset is not null || answer.GoAway is not null || answer.HttpStatus == 431).Should().BeTrue();
        AnswersShouldGoOn();
    }

    [Fact]
    public void Metadata_that_is_not_base64_is_no_fault()
    {
        Call(GrpcCalls.Get, ("x-trace-bin", "!!!"), ("x-other-bin", "AA=")).Status.Should().Be(0);
    }

    private Http2Answer Call(string path, params (string, string?)[] headers)
    {
        using var connection = new Http2Connection(service.GrpcAddress);
        return connection.Call(GrpcCalls.HeadersOf(path, headers), GrpcCalls.GetOf("a"));
    }

    private void AnswersShouldGoOn() => Call(GrpcCalls.Get).Status.Should().Be(0);
}
