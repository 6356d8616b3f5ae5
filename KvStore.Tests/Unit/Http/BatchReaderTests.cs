using System.Text;
using KvStore.Api.Http;
using KvStore.Api.Problems;
using KvStore.Core.Errors;
using KvStore.Core.Store.Batches;

namespace KvStore.Tests.Unit.Http;

public sealed class BatchReaderTests
{
    private const string Whole =
        """ {"operations":[{"key":"a\u0062\n","op":"set","value":{"b":[1,"\""]},"ttl":1.5,"contentType":"text/css","ifRevision":7},{"op":"delete","key":1,"ifRevision":0},{"op":"get","key":"é"}],"atomic":true} """;

    [Fact]
    public void Every_member_of_every_operation_is_read()
    {
        var batch = Read(Whole, out var isAtomic);

        isAtomic.Should().BeTrue();
        batch.Count.Should().Be(3);
        Operations(batch).Should().Equal((BatchKind.Set, "ab\n", """{"b":[1,"\""]}"""), (BatchKind.Delete, "1", ""), (BatchKind.Get, "é", ""));
        batch.Options(0).Ttl.Should().Be(TimeSpan.FromSeconds(1.5));
        batch.Options(0).ContentType.Should().Be("text/css");
        batch.Options(0).Condition.Holds(7).Should().BeTrue();
        batch.Options(0).Condition.Holds(8).Should().BeFalse();
        batch.Options(1).Condition.Holds(1).Should().BeFalse();
        batch.Options(2).Should().Be(default(KvStore.Core.Store.SetOptions));
    }

    [Theory]
    [InlineData("""{"operations":[]}""")]
    [InlineData(""" { "atomic" : false , "operations" : [ ] } """)]
    public void A_batch_may_have_no_operations(string json)
    {
        Read(json, out var isAtomic).Count.Should().Be(0);
        isAtomic.Should().BeFalse();
    }

    [Theory]
    [InlineData("""{"op":"get"}""", "operations[1].key")]
    [InlineData("""{"op":"get","key":""}""", "operations[1].key")]
    [InlineData("""{"op":"get","key":null}""", "operations[1].key")]
    [InlineData("""{"op":"get","key":["b"]}""", "operations[1].key")]
    [InlineData("""{"op":"get","key":"b","key":"c"}""", "operations[1].key")]
    [InlineData("""{"op":"get","key":"b","k\u0065y":"c"}""", "operations[1].key")]
    [InlineData("""{"key":"b"}""", "operations[1].op")]
    [InlineData("""{"op":"put","key":"b"}""", "operations[1].op")]
    [InlineData("""{"op":"GET","key":"b"}""", "operations[1].op")]
    [InlineData("""{"op":{"op":"get"},"key":"b"}""", "operations[1].op")]
    [InlineData("""{"op":"get","op":"get","key":"b"}""", "operations[1].op")]
    [InlineData("""{"op":"get","key":"b","value":"1"}""", "operations[1].value")]
    [InlineData("""{"value":"1","key":"b","op":"delete"}""", "operations[1].value")]
    [InlineData("""{"op":"get","key":"b","ifRevision":1}""", "operations[1].ifRevision")]
    [InlineData("""{"op":"delete","key":"b","ifAbsent":true}""", "operations[1].ifAbsent")]
    [InlineData("""{"op":"delete","key":"b","ttl":1}""", "operations[1].ttl")]
    [InlineData("""{"op":"delete","key":"b","ifRevision":"1"}""", "operations[1].ifRevision")]
    [InlineData("""{"op":"delete","key":"b","ifRevision":-1}""", "operations[1].ifRevision")]
    [InlineData("""{"op":"delete","key":"b","ifRevision":9223372036854775808}""", "operations[1].ifRevision")]
    [InlineData("""{"op":"set","key":"b"}""", "operations[1].value")]
    [InlineData("""{"op":"set","key":"b","value":null}""", "operations[1].value")]
    [InlineData("""{"op":"set","key":"b","value":"","ttl":0}""", "operations[1].ttl")]
    [InlineData("""{"op":"set","key":"b","value":"","contentType":"text"}""", "operations[1].contentType")]
    [InlineData("""{"op":"set","key":"b","value":"","ifAbsent":true,"ifRevision":1}""", "operations[1].ifAbsent")]
    [InlineData("""{"op":"set","key":"b","value":"","tll":{"key":"c"}}""", "operations[1].tll")]
    [InlineData("""{"op":"get","key":"b","atomic":true}""", "operations[1].atomic")]
    [InlineData("""{"operations":[{"op":"get","key":"c"}],"op":"get","key":"b"}""", "operations[1].operations")]
    [InlineData("null", "operations[1]")]
    [InlineData("\"get\"", "operations[1]")]
    [InlineData("""[{"op":"get","key":"b"}]""", "operations[1]")]
    public void What_is_wrong_with_an_operation_is_named_by_its_place(string operation, string field)
    {
        var problem = Fail($$"""{"operations":[{"op":"get","key":"a"},{{operation}},{"op":"get","key":"c"}]}""");

        problem.Code.Should().Be(ErrorCode.InvalidRequest);
        problem.Errors!.Fields.Should().ContainSingle().Which.Key.Should().Be(field);
    }

    [Theory]
    [InlineData("{}", "operations")]
    [InlineData("[]", "body")]
    [InlineData("1", "body")]
    [InlineData("""{"operations":null}""", "operations")]
    [InlineData("""{"operations":{"op":"get","key":"a"}}""", "operations")]
    [InlineData("""{"operations":[],"operations":[]}""", "operations")]
    [InlineData("""{"operations":[],"atomic":1}""", "atomic")]
    [InlineData("""{"operations":[],"atomic":null}""", "atomic")]
    [InlineData("""{"operations":[],"atomic":true,"atomic":true}""", "atomic")]
    [InlineData("""{"operations":[],"Atomic":true}""", "Atomic")]
    [InlineData("""{"operations":[],"key":{"atomic":[]}}""", "key")]
    public void What_is_wrong_with_the_batch_is_named(string json, string field)
    {
        Fail(json).Errors!.Fields.Should().ContainSingle().Which.Key.Should().Be(field);
    }

    [Fact]
    public void What_is_wrong_with_many_operations_is_told_of_some()
    {
        var problem = Fail($$"""{"operations":[{{string.Join(',', Enumerable.Repeat("1", 100_000))}}]}""");

        problem.Errors!.Fields.Should().HaveCount(20);
        problem.Detail.Length.Should().BeLessThan(2_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("""{"operations":[{"op":"get","key":"a"}]""")]
    [InlineData("""{"operations":[{"op":"get","key":"a"}]}}""")]
    [InlineData("""{"operations":[{"op":"get","key":"a"},]}""")]
    [InlineData("""{"operations":[{"op":"get","key":"\ud800"}]}""")]
    [InlineData("""{"operations":[1,{"op":}]}""")]
    public void What_is_no_json_is_malformed(string json)
    {
        Fail(json).Code.Should().Be(ErrorCode.MalformedJson);
    }

    [Fact]
    public void A_body_that_is_cut_short_anywhere_is_malformed()
    {
        var body = Encoding.UTF8.GetBytes(Whole.Trim());
        for (var length = 0; length < body.Length; length++)
        {
            Try(body[..length], out _)!.Code.Should().Be(ErrorCode.MalformedJson);
        }
    }

    [Fact]
    public void Any_byte_in_any_place_is_read_or_refused()
    {
        var body = Encoding.UTF8.GetBytes(Whole);
        for (var place = 0; place < body.Length; place++)
        {
            for (var other = 0; other <= byte.MaxValue; other++)
            {
                var changed = (byte[])body.Clone();
                changed[place] = (byte)other;

                if (Try(changed, out var batch) is { } problem)
                {
                    problem.Code.Should().BeOneOf(ErrorCode.MalformedJson, ErrorCode.InvalidRequest);
                }
                else
                {
                    batch.Count.Should().Be(3);
                }
            }
        }
    }

    private static IEnumerable<(BatchKind Kind, string Key, string Value)> Operations(Batch batch) => Enumerable.Range(0, batch.Count)
        .Select(i => (batch.Kind(i), Encoding.UTF8.GetString(batch.Key(i)), Encoding.UTF8.GetString(batch.Value(i).Span)));

    private static Batch Read(string json, out bool isAtomic)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var buffer = new byte[2 * body.Length];
        body.CopyTo(buffer, 0);
        var problem = BatchReader.Read(buffer, body.Length, out var batch, out isAtomic);
        problem?.Detail.Should().BeNull();
        return batch;
    }

    private static Problem Fail(string json) => Try(Encoding.UTF8.GetBytes(json), out _)!;

    private static Problem? Try(byte[] body, out Batch batch)
    {
        var buffer = new byte[2 * body.Length];
        body.CopyTo(buffer, 0);
        return BatchReader.Read(buffer, body.Length, out batch, out _);
    }
}
