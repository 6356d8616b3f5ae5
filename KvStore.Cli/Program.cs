using KvStore.Cli;
using KvStore.Cli.Shell;

using var interruption = new Interruption();
return await CommandLine.RunAsync(args, Terminal.OfProcess(), interruption.Token);
