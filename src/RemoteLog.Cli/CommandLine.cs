using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text;

namespace RemoteLog.Cli;

/// <summary>The <c>remotelog</c> command: everything there is, from arguments to exit code.</summary>
public static class CommandLine
{
    private const string Guide = """
        Logs are named TOPIC (your own) or OWNER/TOPIC. Whatever is read is verified against its owner's signature, and remembered: a server
        that shows another history later, or less of it, is found out.

        Examples:
          remotelog keys new                          make a key; its owner's name is what others read you by
          remotelog append notes "Hello" "World"      write two entries to your log 'notes'
          some-program | remotelog append notes       write each line it prints
          remotelog cat notes                         read it back, verified
          remotelog tail -f zDn…/notes                follow somebody else's log
          remotelog cat zDn…/notes --from-swarm http://127.0.0.1:1633 --feed-owner 8d37…e632
                                                      read it from Swarm, with no server at all; so do tail, head and verify
          remotelog verify zDn…/notes                 check all of it, and look for forks
          remotelog hints listen                      be woken when a log moves that you follow, and see how
          remotelog follow zDn…/notes                 follow a log that way
          remotelog quarantine list                   for operators: what the server refused from its ingest queue
          remotelog doctor https://logs.example       for operators: what is wrong with a server, and what to do
          remotelog cost --devices 5000               what a server on Azure costs a month
          remotelog repair zDn…/notes                 for operators: make both of the server's stores whole
          remotelog demo                              see it work, from nothing, in some seconds

        Exit codes:
          0    all is well
          1    something else went wrong
          2    the command line makes no sense
          3    the server cannot be reached
          4    the server refused
          5    verification failed: tampered with, rolled back or forked
          6    there is no such log or key
          130  cancelled
        """;

    public static async Task<ExitCode> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken = default)
    {
        var options = new GlobalOptions();
        var root = new RootCommand("Keep append-only logs on a server that need not be trusted.")
        {
            KeysCommand.Create(options, terminal),
            AppendCommand.Create(options, terminal),
            CatCommand.Create(options, terminal),
            TailCommand.Create(options, terminal),
            HeadCommand.Create(options, terminal),
            VerifyCommand.Create(options, terminal),
            FollowCommand.CreateFollow(options, terminal),
            FollowCommand.CreateUnfollow(options, terminal),
            DevicesCommand.Create(options, terminal),
            HintsCommand.Create(options, terminal),
            DemoCommand.Create(options, terminal),
            QuarantineCommand.Create(options, terminal),
            DoctorCommand.Create(options, terminal),
            CostCommand.Create(options, terminal),
            RepairCommand.Create(options, terminal),
        };
        options.AddTo(root);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new TeachingHelp((HelpAction)help.Action!, Guide);

        using var flushed = terminal;
        using var output = new StreamWriter(terminal.Output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        var parsed = root.Parse(arguments);
        if (parsed.Action is not ParseErrorAction wrong)
        {
            return (ExitCode)await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = terminal.Error }, cancellationToken);
        }

        // Whoever typed nothing wants to know what there is; whoever mistyped wants to know what.
        wrong.ShowHelp = arguments.Count == 0;
        await parsed.InvokeAsync(new InvocationConfiguration { Output = terminal.Error, Error = terminal.Error }, cancellationToken);
        if (!wrong.ShowHelp) terminal.Error.WriteLine($"See: remotelog {string.Concat(NamesOf(parsed.CommandResult).Select(name => $"{name} "))}--help");
        return ExitCode.Usage;
    }

    /// <summary>The words that led to a command, without the program's.</summary>
    private static IEnumerable<string> NamesOf(CommandResult command) =>
        command.Parent is CommandResult parent ? [.. NamesOf(parent), command.Command.Name] : [];
}
