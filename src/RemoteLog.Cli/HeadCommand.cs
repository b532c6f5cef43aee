using System.CommandLine;
using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary><c>head LOG</c>: where a log stands.</summary>
internal static class HeadCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var log = LogArgument.Create();
        var command = new TaughtCommand("head", "Show where a log stands, with the owner's signature checked", """
              remotelog head notes
              remotelog head zDn…/notes --json | jq .sequence
              remotelog head zDn…/notes --from-swarm http://127.0.0.1:1633 --feed-owner 8d37…e632
            The last one asks no RemoteLog server: it is the head as the log's mirror tells it, which may be a little behind.
            """) { log };
        var swarm = SwarmOptions.AddTo(command);
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var name = workplace.LogOf(arguments.GetRequiredValue(log));
            if (await swarm.Reader(arguments, workplace, name).FindHeadAsync(cancellationToken) is not { } head)
            {
                if (workplace.Node is { } node) throw new NotMirroredException(node, name);
                terminal.Error.WriteLine($"There is no log {name} on {workplace.Client.Server}: nothing was ever written to it.");
                return ExitCode.NotFound;
            }
            if (arguments.GetValue(options.Json)) PrintJson(terminal, head);
            else Print(terminal, head);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Print(Terminal terminal, Head head)
    {
        terminal.WriteLine($"log       {head.Log}");
        terminal.WriteLine($"sequence  {head.Sequence}");
        terminal.WriteLine($"link      {head.Link}");
        terminal.WriteLine($"bytes     {head.Bytes}");
        terminal.WriteLine($"updated   {head.UpdatedAt:yyyy-MM-dd HH:mm:ss}Z");
        terminal.WriteLine($"sealed    {head.Sealed}");
        if (head.Page is { } page) terminal.WriteLine($"page      {page}");
        if (head.Receipt is not { } receipt) return;
        terminal.WriteLine($"receipt   {(receipt.Verify(head.Log, head.Sequence, head.Link) ? "by" : "NOT by")} {receipt.Signer}");
    }

    private static void PrintJson(Terminal terminal, Head head) => JsonLine.Write(terminal.Output, writer =>
    {
        writer.WriteString("log", head.Log.ToString());
        writer.WriteNumber("sequence", head.Sequence);
        writer.WriteString("link", head.Link.ToString());
        writer.WriteNumber("bytes", head.Bytes);
        writer.WriteString("updatedAt", head.UpdatedAt);
        writer.WriteNumber("sealed", head.Sealed);
        if (head.Page is { } page) writer.WriteString("page", page.ToString());
        if (head.Receipt is not { } receipt) return;
        writer.WriteString("receiptSigner", receipt.Signer.Name);
        writer.WriteBoolean("receiptHolds", receipt.Verify(head.Log, head.Sequence, head.Link));
    });
}
