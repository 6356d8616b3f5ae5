using System.Diagnostics;
using KvStore.Api.Problems;
using Microsoft.AspNetCore.Http;

namespace KvStore.Tests.Unit.Problems;

public sealed class TraceIdTests
{
    private readonly DefaultHttpContext _context = new() { TraceIdentifier = "request" };

    [Fact]
    public void Where_there_is_a_trace_its_id_is_told()
    {
        using var span = new Activity("request").Start();

        ProblemResponse.TraceIdOf(_context).Should().Be(span.TraceId.ToString());
    }

    [Fact]
    public void Where_there_is_none_the_request_has_an_id_of_its_own() => ProblemResponse.TraceIdOf(_context).Should().Be("request");
}
