using System.Text;
using FsCheck;
using FsCheck.Fluent;
using KvStore.Api.Http;
using KvStore.Core.Errors;
using KvStore.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace KvStore.Tests.Unit.Http;

public sealed class RawTargetTests
{
    [Theory]
    [InlineData("/get/a", "/get/a")]
    [InlineData("/get/a?b/c", "/get/a")]
    [InlineData("/get/a%3Fb", "/get/a%3Fb")]
    [InlineData("/get/a#b", "/get/a#b")]
    [InlineData("/get/http://a/b", "/get/http://a/b")]
    [InlineData("//a/b", "//a/b")]
    [InlineData("?a", "")]
    [InlineData("http://a/get/b", "/get/b")]
    [InlineData("http://a:80/get/b?c", "/get/b")]
    [InlineData("http://a//b", "//b")]
    [InlineData("http://a", "")]
    [InlineData("http://a?b=/get/c", "")]
    [InlineData("http://a#/get/c", "#/get/c")]
    [InlineData("*", "")]
    [InlineData("a:80", "")]
    public void The_path_is_that_of_any_form_of_target_without_host_and_query(string target, string path)
    {
        RawTarget.Path(At(target)).ToString().Should().Be(path);
    }

    [Theory]
    [InlineData("a%2Fb", "a/b")]
    [InlineData("a%252Fb", "a%2Fb")]
    [InlineData("a/b", "a/b")]
    [InlineData("a+b", "a+b")]
    [InlineData("%C3%A9", "é")]
    [InlineData("%c3%a9", "é")]
    [InlineData("%00", "\0")]
    public void A_path_is_decoded_once(string encoded, string expected)
    {
        Decode(encoded, isQuery: false).Should().Be(expected);
    }

    [Theory]
    [InlineData("a+b", "a b")]
    [InlineData("a%2Bb", "a+b")]
    [InlineData("a%20b", "a b")]
    [InlineData("", "")]
    public void A_plus_is_a_space_in_a_query(string encoded, string expected)
    {
        Decode(encoded, isQuery: true).Should().Be(expected);
        Encoding.UTF8.GetString(RawTarget.DecodeQuery(encoded)!).Should().Be(expected);
    }

    [Theory]
    [InlineData("%")]
    [InlineData("a%")]
    [InlineData("%4")]
    [InlineData("%4g")]
    [InlineData("%-1")]
    [InlineData("% 1")]
    [InlineData("%%41")]
    [InlineData("%ff")]
    [InlineData("%c0%80")]
    [InlineData("%ed%a0%80")]
    [InlineData("%f4%90%80%80")]
    [InlineData("%e2%82")]
    [InlineData("é")]
    public void Bad_escapes_bad_utf_8_and_bytes_that_should_be_escaped_are_malformed(string encoded)
    {
        RawTarget.Decode(encoded, new byte[64], isQuery: false, out _).Should().Be(DecodeStatus.Malformed);
        RawTarget.DecodeQuery(encoded).Should().BeNull();
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("%61bc")]
    [InlineData("%61%62%63")]
    public void What_does_not_fit_is_too_long_and_what_just_fits_is_not(string encoded)
    {
        RawTarget.Decode(encoded, new byte[3], isQuery: false, out var written).Should().Be(DecodeStatus.Ok);
        written.Should().Be(3);
        RawTarget.Decode(encoded, new byte[2], isQuery: false, out _).Should().Be(DecodeStatus.TooLong);
    }

    [Theory]
    [InlineData("/get/a", "a")]
    [InlineData("/kv/a", "a")]
    [InlineData("/KV/a", "a")]
    [InlineData("/kv//a/", "/a/")]
    [InlineData("/get/../a", "../a")]
    [InlineData("http://a/kv/b", "b")]
    public void A_key_is_all_that_follows_its_route(string target, string key)
    {
        TryDecode(target, out var decoded).Should().Be(ErrorCode.None);
        decoded.Should().Be(key);
    }

    [Theory]
    [InlineData("/get/")]
    [InlineData("/kv/?a")]
    [InlineData("/get")]
    [InlineData("/x/get/a")]
    [InlineData("//get/a")]
    [InlineData("/%67et/a")]
    public void Elsewhere_there_is_no_key(string target)
    {
        TryDecode(target, out _).Should().Be(ErrorCode.NotFound);
    }

    [Fact]
    public void Any_key_escaped_in_any_way_is_read_back_from_the_path()
    {
        Prop.ForAll(AnyText.Key.ToArbitrary(), key =>
        {
            foreach (var encoded in AnyText.Encodings(key))
            {
                TryDecode("/get/" + encoded, out var decoded).Should().Be(ErrorCode.None);
                decoded.Should().Be(key);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static ErrorCode TryDecode(string target, out string key)
    {
        var buffer = new byte[KeyPath.StackBytes];
        var error = KeyPath.TryDecode(At(target), buffer, out var length);
        key = Encoding.UTF8.GetString(buffer, 0, length);
        return error;
    }

    private static string Decode(string encoded, bool isQuery)
    {
        var buffer = new byte[encoded.Length];
        RawTarget.Decode(encoded, buffer, isQuery, out var written).Should().Be(DecodeStatus.Ok);
        return Encoding.UTF8.GetString(buffer, 0, written);
    }

    private static DefaultHttpContext At(string target)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        return context;
    }
}
