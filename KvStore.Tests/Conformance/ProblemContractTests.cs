using System.Text.Json.Nodes;

namespace KvStore.Tests.Conformance;

public sealed class ProblemContractTests(DescribedService described) : IClassFixture<DescribedService>
{
    [Fact]
    public async Task Every_error_is_a_whole_problem_about_its_own_request()
    {
        foreach (var error in ErrorCases.All)
        {
            await described.SeedAsync();
            using var request = error.ToRequest(described.Service.Address);

            using var answer = await described.Client.SendAsync(request);

            var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            ((int?)problem["status"]).Should().Be((int)answer.StatusCode, error.ToString());
            ((string?)problem["type"]).Should().Be("urn:kvstore:problem:" + error.Code);
            ((string?)problem["title"]).Should().NotBeNullOrEmpty(error.ToString());
            ((string?)problem["detail"]).Should().EndWith(".", "{0} is told in a sentence", error);
            ((string?)problem["instance"]).Should().Be(error.Target.Split(' ', '?')[1]);
            ((string?)problem["traceId"]).Should().NotBeNullOrEmpty(error.ToString());
            answer.Headers.GetValues("X-Content-Type-Options").Should().Equal("nosniff");
            answer.Headers.Server.Should().BeEmpty();
        }
    }

    [Fact]
    public async Task Head_of_an_error_has_its_headers_and_no_body()
    {
        foreach (var error in ErrorCases.All.Where(error =>
            error.Target.StartsWith("GET ", StringComparison.Ordinal) && error.Operation != "get_watch"))
        {
            await described.SeedAsync();
            using var get = error.ToRequest(described.Service.Address);
            using var head = error.ToRequest(described.Service.Address);
            head.Method = HttpMethod.Head;

            using var whole = await described.Client.SendAsync(get);
            using var answer = await described.Client.SendAsync(head);

            answer.StatusCode.Should().Be(whole.StatusCode, error.ToString());
            answer.Content.Headers.ContentType.Should().Be(whole.Content.Headers.ContentType);
            answer.Content.Headers.ContentLength.Should().Be(whole.Content.Headers.ContentLength);
            (await answer.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
        }
    }
}
