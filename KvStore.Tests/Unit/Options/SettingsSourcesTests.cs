using KvStore.Api.Options;

namespace KvStore.Tests.Unit.Options;

public sealed class SettingsSourcesTests
{
    [Theory]
    [InlineData("--KvStore:Server:HttpPort=1")]
    [InlineData("--KvStore:Server:HttpPort 1")]
    [InlineData("-KvStore:Server:HttpPort=1")]
    [InlineData("--kvstore:server:httpport=1")]
    [InlineData("-http-port=1")]
    [InlineData("-http-port 1")]
    [InlineData("--http-port=1")]
    [InlineData("--PORT=1")]
    public void An_option_is_written_with_one_dash_or_two_and_an_equals_sign_or_a_space(string arguments)
    {
        SettingsSources.ReadCommandLine(arguments.Split(' ')).Should().ContainSingle().Which.Should().Be(
            KeyValuePair.Create("KvStore:Server:HttpPort", (string?)"1"));
    }

    [Theory]
    [InlineData("--urls=http://localhost:1", "urls", "http://localhost:1")]
    [InlineData("--Logging:LogLevel:Default=Debug", "Logging:LogLevel:Default", "Debug")]
    [InlineData("--KvStore:Limits:MaxKeyBytes=", "KvStore:Limits:MaxKeyBytes", "")]
    [InlineData("--urls=a=b", "urls", "a=b")]
    [InlineData("--KvStore:Limits:MaxKeyBytes=1 --KvStore:Limits:MaxKeyBytes=2", "KvStore:Limits:MaxKeyBytes", "2")]
    public void The_hosts_options_are_taken_too_and_the_last_of_two_wins(string arguments, string path, string value)
    {
        SettingsSources.ReadCommandLine(arguments.Split(' ')).Should().ContainSingle().Which.Should().Be(KeyValuePair.Create(path, (string?)value));
    }

    [Theory]
    [InlineData("--http-port", "needs a value")]
    [InlineData("--port=1", "'--port=1' is not an option")]
    [InlineData("http-port=1", "'http-port=1' is not an option")]
    [InlineData("---http-port=1", "'---http-port=1' is not an option")]
    [InlineData("--KvStore:Server:Port=1", "is not an option")]
    [InlineData("--=1", "is not an option")]
    [InlineData("--", "needs a value")]
    public void Anything_else_is_named_in_one_line(string arguments, string why)
    {
        var read = () => SettingsSources.ReadCommandLine(arguments.Split(' '));

        read.Should().Throw<SettingsException>().Which.Message.Should().Contain(why).And.NotContain("\n");
    }

    [Theory]
    [InlineData("--help", true)]
    [InlineData("-h", true)]
    [InlineData("-?", true)]
    [InlineData("--urls=a --help", false)]
    [InlineData("help", false)]
    public void Help_is_asked_for_by_the_first_argument(string arguments, bool isHelp)
    {
        SettingsSources.IsHelp(arguments.Split(' ')).Should().Be(isHelp);
        SettingsSources.IsHelp([]).Should().BeFalse();
    }
}
