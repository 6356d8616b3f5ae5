using KvStore.Api.Problems;

namespace KvStore.Tests.Unit.Problems;

public sealed class FieldErrorsTests
{
    private readonly FieldErrors _errors = new();

    [Fact]
    public void Reasons_are_kept_by_field_and_read_as_sentences()
    {
        _errors.Add("ttl", "must be a number");
        _errors.Add("key", "is required");
        _errors.Add("ttl", "is given more than once");

        _errors.Lines.Should().Equal("ttl must be a number", "ttl is given more than once", "key is required");
        Problem.Invalid(_errors).Detail.Should().Be("Invalid: ttl must be a number; ttl is given more than once; key is required.");
    }

    [Fact]
    public void A_reason_is_given_once()
    {
        _errors.Add("key", "is required");
        _errors.Add("key", "is required");

        _errors.Lines.Should().ContainSingle();
    }

    [Fact]
    public void A_client_cannot_make_them_many_or_long()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _errors.Add($"{i:d4}{new string('n', 10_000)}", "is unknown");
        }

        _errors.Fields.Should().HaveCount(20);
        _errors.Fields.Should().OnlyContain(field => field.Key.Length <= 103 && field.Key.EndsWith("..."));
    }

    [Fact]
    public void There_is_nothing_wrong_at_first()
    {
        _errors.IsEmpty.Should().BeTrue();
        _errors.Has("key").Should().BeFalse();

        _errors.Add("key", "is required");

        _errors.IsEmpty.Should().BeFalse();
        _errors.Has("key").Should().BeTrue();
    }
}
