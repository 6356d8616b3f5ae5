using System.CommandLine;
using KvStore.Grpc.Client;

namespace KvStore.Cli.Shell;

/// <summary>The options that every command has.</summary>
internal sealed class SharedOptions
{
    private const string DefaultServer = "localhost:50051";
    private const string ServerVariable = "KVSTORE_SERVER";
    private const string Text = "text", Json = "json";

    private readonly HashSet<Command> _withoutServer = [];

    private readonly Option<string> _server = new("--server")
    {
        Description = $"Where the server takes gRPC calls (environment: {ServerVariable})",
        HelpName = "host:port",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } server ? server : DefaultServer,
    };

    private readonly Option<string> _output = new("--output")
    {
        Description = "How to print results: text for people, json (one line each) for programs",
        HelpName = "text|json",
        Recursive = true,
        DefaultValueFactory = _ => Text,
    };

    private readonly Option<double?> _timeout = new("--timeout")
    {
        Description = "How many seconds an answer may take, or the server of a watch be away [default: 10; search, export, backup, watch: no limit]",
        HelpName = "seconds",
        Recursive = true,
    };

    /// <summary>Adds the options to the program.</summary>
    public SharedOptions(RootCommand root)
    {
        _output.AcceptOnlyFromAmong(Text, Json);
        _server.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } server || !GrpcChannel.TryParseAddress(server, out _))
            {
                result.AddError($"--server, or {ServerVariable}, must be an address such as {DefaultServer}.");
            }
        });
        _timeout.MustBeSeconds(int.MaxValue);
        root.Options.Add(_server);
        root.Options.Add(_output);
        root.Options.Add(_timeout);
    }

    /// <summary>Says that a command talks to no server.</summary>
    public void LeaveServerOut(Command command) => _withoutServer.Add(command);

    /// <summary>Leaves out of the help for a command what is not for it: a server, where it talks to none or has an option of its own for it.</summary>
    public void PrepareHelp(Command command)
    {
        _timeout.Hidden = _withoutServer.Contains(command);
        _server.Hidden = _timeout.Hidden || (command is not RootCommand && command.Options.Any(option => option.Name == _server.Name));
    }

    /// <summary>Refuses the address of gRPC, given before a command's name, for a command that has an option of its own.</summary>
    public void RefuseServerBefore(Command command) => command.Validators.Add(result =>
    {
        if (result.GetResult(_server) is { Implicit: false })
        {
            result.AddError($"{_server.Name} before {command.Name} is where the server takes gRPC calls: give it behind.");
        }
    });

    /// <summary>Where the server is.</summary>
    public string Server(ParseResult result) => result.GetRequiredValue(_server);

    /// <summary>Whether results are for programs.</summary>
    public bool IsJson(ParseResult result) => result.GetValue(_output) == Json;

    /// <summary>How long an answer may take; null where it is not said.</summary>
    public TimeSpan? Timeout(ParseResult result) =>
        result.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
}
