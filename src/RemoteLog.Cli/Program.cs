using RemoteLog.Cli;

return (int)await CommandLine.RunAsync(args, Terminal.OfProcess());
