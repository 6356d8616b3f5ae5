using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Api.Http;
using KvStore.Core.Errors;
using KvStore.Core.Records;
using KvStore.Core.Store.Batches;
using KvStore.Tests.Support;

namespace KvStore.Tests.Unit.Http;

public sealed class BatchResultWriterTests
{
    [Fact]
    public void A_result_says_what_the_operation_alone_would_have()
    {
        Write(new(BatchKind.Set, ErrorCode.None, 7, Created: true)).Should().Be("""{"status":200,"revision":7,"created":true}""");
        Write(new(BatchKind.Delete, ErrorCode.None, long.MaxValue)).Should().Be("""{"status":204,"revision":9223372036854775807}""");
        Write(new(BatchKind.Get, ErrorCode.KeyNotFound)).Should().Be("""{"status":404,"code":"key-not-found"}""");
        Write(new(BatchKind.Set, ErrorCode.ValueTooLarge)).Should().Be("""{"status":413,"code":"value-too-large"}""");
        Write(new(BatchKind.Delete, ErrorCode.RevisionMismatch, 0)).Should().Be("""{"status":412,"code":"revision-mismatch","currentRevision":0}""");
        Write(new(BatchKind.Set, ErrorCode.RevisionMismatch, -1)).Should().Be("""{"status":412,"code":"revision-mismatch"}""");
        Write(new(BatchKind.Get, ErrorCode.None, 1, ContentType: "x/y; a=\"\\\"", ExpiresAt: 1), [0xFF, 0]).Should()
            .Be("""{"status":200,"revision":1,"base64":"/wA=","contentType":"x/y; a=\"\\\"","expiresAt":"1970-01-01T00:00:00.001Z"}""");
    }

    [Fact]
    public void Any_text_is_told_as_text()
    {
        Prop.ForAll(AnyText.KeyOrNone.ToArbitrary(), text =>
        {
            var json = JsonDocument.Parse(Write(Found, Encoding.UTF8.GetBytes(text))).RootElement;

            json.GetProperty("value").GetString().Should().Be(text);
            json.GetProperty("contentType").GetString().Should().Be(ContentTypes.Default);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_worst_value_and_content_type_fit_the_room_that_is_asked_for()
    {
        var worst = new byte[500];
        var result = Found with { Revision = long.MaxValue, ContentType = new string('"', ContentTypes.MaxLength), ExpiresAt = 253402300799999 };

        JsonDocument.Parse(Write(result, worst)).RootElement.GetProperty("value").GetString().Should().Be(new string('\0', 500));
    }

    private static BatchResult Found => new(BatchKind.Get, ErrorCode.None, 1, ContentType: ContentTypes.Default);

    private static string Write(in BatchResult result, params byte[] value)
    {
        var destination = new byte[BatchResultWriter.MostBesideValue + (BatchResultWriter.MostOfByte * value.Length)];
        return Encoding.UTF8.GetString(destination, 0, BatchResultWriter.Write(destination, result, value));
    }
}
