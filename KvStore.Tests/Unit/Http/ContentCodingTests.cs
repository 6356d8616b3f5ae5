using KvStore.Api.Http;
using Microsoft.AspNetCore.Http;

namespace KvStore.Tests.Unit.Http;

public sealed class ContentCodingTests
{
    [Theory]
    [InlineData("", false)]
    [InlineData("gzip", true)]
    [InlineData("GZIP", true)]
    [InlineData("x-gzip", true)]
    [InlineData("deflate, gzip, br, zstd", true)]
    [InlineData("gzip;q=0.1", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("gzip;q=0.000, *", false)]
    [InlineData("*", true)]
    [InlineData("*;q=0", false)]
    [InlineData("deflate, br", false)]
    [InlineData("identity", false)]
    [InlineData("identity, gzip", true)]
    [InlineData("identity, gzip;q=0.5", false)]
    [InlineData("identity;q=0.5, gzip", true)]
    [InlineData("identity;q=0, gzip;q=0.1", true)]
    [InlineData("gzip;q=nonsense", false)]
    [InlineData(";;,", false)]
    public void Gzip_is_sent_to_those_who_ask_for_it(string accept, bool isGzip)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.AcceptEncoding = accept;

        ContentCoding.AsksForGzip(request).Should().Be(isGzip);
    }
}
