using KvStore.Cli;

namespace KvStore.Tests.Unit.Cli;

public sealed class SeedArgumentsTests
{
    public static TheoryData<string[], string[]> Rewritten => new()
    {
        { ["-op=get", "-key=user:123"], ["get", "--", "user:123"] },
        { ["-op=set", "-key=user:123", "-value=Alice Smith"], ["set", "--literal", "--", "user:123", "Alice Smith"] },
        { ["-op=subscribe", "-pattern=user:"], ["watch", "--", "user:"] },
        { ["-op=delete", "-key=a"], ["del", "--", "a"] },
        { ["-server=localhost:50052", "-op=get", "-key=a"], ["get", "--server", "localhost:50052", "--", "a"] },
        { ["--op=get", "--key=a"], ["get", "--", "a"] },
        { ["-op", "get", "-key", "-a"], ["get", "--", "-a"] },
        { ["-op=set", "-key=a=b", "-value="], ["set", "--literal", "--", "a=b", ""] },
        { ["-op=get", "-key=a", "-output=json", "-timeout=3"], ["get", "--output", "json", "--timeout", "3", "--", "a"] },
    };

    public static TheoryData<string[]> Kept =>
    [
        [],
        ["get", "a"],
        ["bench", "--op=get"],
        ["--server=localhost:1", "bench", "--op=get"],
        ["--help"],
        ["-key=a"],
        ["-op"],
        ["-op=get", "-key=a", "b"],
        ["-op=get", "-what=a"],
        ["[suggest:3]", "kvstore -op=get"],
    ];

    [Theory]
    [MemberData(nameof(Rewritten))]
    public void The_flags_of_the_first_client_are_commands(string[] arguments, string[] command) =>
        SeedArguments.Rewrite(arguments).Should().Equal(command);

    [Theory]
    [MemberData(nameof(Kept))]
    public void Anything_else_stays_as_it_is(string[] arguments) => SeedArguments.Rewrite(arguments).Should().Equal(arguments);

    [Theory]
    [InlineData("-op=get", "-op=get needs -key.")]
    [InlineData("-op=set -key=a", "-op=set needs -value.")]
    [InlineData("-op=subscribe", "-op=subscribe needs -pattern.")]
    [InlineData("-op=list", "-op must be set, get, delete or subscribe, not 'list'.")]
    public void A_flag_that_is_missing_or_wrong_is_named(string arguments, string message) =>
        ((Action)(() => SeedArguments.Rewrite(arguments.Split(' ')))).Should().Throw<CliException>()
            .Where(error => error.ExitCode == ExitCodes.Usage && error.Message == message);
}
