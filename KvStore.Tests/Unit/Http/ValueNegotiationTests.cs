using KvStore.Api.Http;
using Microsoft.AspNetCore.Http;

namespace KvStore.Tests.Unit.Http;

public sealed class ValueNegotiationTests
{
    [Theory]
    [InlineData("*/*", false)]
    [InlineData("application/json", true)]
    [InlineData("text/plain", true)]
    [InlineData("*/*;q=0.1", true)]
    public void Only_a_client_that_does_not_take_just_anything_is_negotiated_with(string accept, bool isNeeded)
    {
        var request = new DefaultHttpContext().Request;
        ValueNegotiation.IsNeeded(request).Should().BeFalse();

        request.Headers.Accept = accept;

        ValueNegotiation.IsNeeded(request).Should().Be(isNeeded);
    }

    [Theory]
    [InlineData("application/json", "text/plain; charset=utf-8", 0, 1)]
    [InlineData("text/plain", "text/plain; charset=utf-8", 1, 0)]
    [InlineData("text/*", "text/html", 1, 0)]
    [InlineData("*/*", "image/png", 1, 1)]
    [InlineData("application/json, */*", "text/plain", 1, 1)]
    [InlineData("application/json, */*;q=0.1", "text/plain", 0.1, 1)]
    [InlineData("application/json;q=0.5, text/plain", "text/plain", 1, 0.5)]
    [InlineData("application/*;q=0.5, application/json;q=0", "text/plain", 0, 0)]
    [InlineData("text/plain;q=0, */*", "text/plain", 0, 1)]
    [InlineData("image/png", "text/plain", 0, 0)]
    [InlineData("nonsense", "text/plain", 1, 0)]
    [InlineData("application/json;q=0", "application/json", 1, 0)]
    [InlineData("text/plain", "application/json; charset=utf-8", 1, 0)]
    public void The_most_specific_range_weighs_each_form(string accept, string stored, double asIs, double asJson)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Accept = accept;

        ValueNegotiation.Weigh(request, stored).Should().Be((asIs, asJson));
    }
}
