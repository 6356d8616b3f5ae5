using KvStore.Grpc.Client;

namespace KvStore.Tests.Unit.Grpc.Client;

public sealed class GrpcChannelTests
{
    [Theory]
    [InlineData("localhost:50051", "http://localhost:50051/")]
    [InlineData("http://localhost:50051", "http://localhost:50051/")]
    [InlineData("http://localhost:50051/", "http://localhost:50051/")]
    [InlineData("https://kv.example:443", "https://kv.example/")]
    [InlineData("127.0.0.1:80", "http://127.0.0.1/")]
    [InlineData("[::1]:50051", "http://[::1]:50051/")]
    public void An_address_is_a_host_with_a_port(string text, string address)
    {
        GrpcChannel.TryParseAddress(text, out var uri).Should().BeTrue();
        uri.Should().Be(new Uri(address));
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:x")]
    [InlineData(":50051")]
    [InlineData("http://localhost")]
    [InlineData("ftp://localhost:50051")]
    [InlineData("localhost:50051/path")]
    [InlineData("localhost:50051?query")]
    [InlineData("me@localhost:50051")]
    public void What_is_no_address_is_refused(string text)
    {
        GrpcChannel.TryParseAddress(text, out _).Should().BeFalse();
        ((Action)(() => GrpcChannel.ForAddress(text))).Should().Throw<ArgumentException>().WithMessage($"*'{text}'*");
    }
}
