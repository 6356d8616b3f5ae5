using KvStore.Core.Errors;
using KvStore.Grpc.Protocol;

namespace KvStore.Tests.Unit.Errors;

public sealed class ErrorCatalogueTests
{
    [Fact]
    public void Names_and_statuses_are_a_contract_with_clients()
    {
        ErrorCatalogue.All.Select(e => $"{e.HttpStatus} {e.Code} {e.Name}").Should().Equal(
            "400 MalformedRequest malformed-request",
            "400 MalformedJson malformed-json",
            "400 MalformedKey malformed-key",
            "400 KeyTooLong key-too-long",
            "404 KeyNotFound key-not-found",
            "404 NotFound not-found",
            "405 MethodNotAllowed method-not-allowed",
            "406 NotText not-text",
            "408 RequestTimeout request-timeout",
            "409 BatchFailed batch-failed",
            "410 RevisionCompacted revision-compacted",
            "412 RevisionMismatch revision-mismatch",
            "413 ValueTooLarge value-too-large",
            "413 RequestTooLarge request-too-large",
            "415 UnsupportedMediaType unsupported-media-type",
            "422 InvalidRequest invalid-request",
            "429 RateLimited rate-limited",
            "500 InternalError internal-error",
            "503 NotReady not-ready",
            "503 Draining draining",
            "507 StorageFull storage-full");
    }

    [Fact]
    public void Grpc_statuses_are_a_contract_with_clients_too()
    {
        ErrorCatalogue.All.GroupBy(e => (StatusCode)e.GrpcStatus, e => e.Name)
            .Select(status => $"{status.Key}: {string.Join(", ", status)}")
            .Should().BeEquivalentTo(
                "InvalidArgument: malformed-request, malformed-json, malformed-key, key-too-long, invalid-request",
                "NotFound: key-not-found",
                "Unimplemented: not-found, method-not-allowed, unsupported-media-type",
                "FailedPrecondition: not-text, batch-failed, revision-mismatch",
                "DeadlineExceeded: request-timeout",
                "OutOfRange: revision-compacted",
                "ResourceExhausted: value-too-large, request-too-large, rate-limited, storage-full",
                "Unknown: internal-error",
                "Unavailable: not-ready, draining");
    }

    [Fact]
    public void Every_code_but_none_is_described()
    {
        var codes = Enum.GetValues<ErrorCode>().Where(code => code != ErrorCode.None).ToList();

        ErrorCatalogue.All.Select(e => e.Code).Should().BeEquivalentTo(codes);
        codes.Should().AllSatisfy(code => ErrorCatalogue.Describe(code).Code.Should().Be(code));
    }

    [Fact]
    public void None_is_not_an_error()
    {
        var describe = () => ErrorCatalogue.Describe(ErrorCode.None);

        describe.Should().Throw<KeyNotFoundException>();
    }

    [Fact]
    public void Names_are_unique_and_kebab_case()
    {
        var names = ErrorCatalogue.All.Select(e => e.Name).ToList();

        names.Should().OnlyHaveUniqueItems();
        names.Should().AllSatisfy(name => name.Should().MatchRegex("^[a-z]+(-[a-z]+)*$"));
    }

    [Fact]
    public void Titles_are_unique_and_short_sentences_without_a_full_stop()
    {
        var titles = ErrorCatalogue.All.Select(e => e.Title).ToList();

        titles.Should().OnlyHaveUniqueItems();
        titles.Should().AllSatisfy(title => title.Should().MatchRegex("^[A-Z].{5,60}[^.]$"));
    }
}
