using System.CommandLine;
using System.Text;
using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary><c>append TOPIC</c>: writes entries.</summary>
internal static class AppendCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var topic = LogArgument.CreateOwn();
        var data = new Argument<string[]>("DATA") { Description = "Text; each is an entry", Arity = ArgumentArity.ZeroOrMore };
        var files = new Option<string[]>("--file")
        {
            Description = "A file; its content is an entry. Many may follow",
            HelpName = "PATH",
            AllowMultipleArgumentsPerToken = true,
        };
        var lines = new Option<bool>("--lines")
        {
            Description = "Lines of standard input, each an entry. So it is too when input is redirected and nothing else is named",
        };
        var command = new TaughtCommand("append", "Write entries to a log of yours", """
              remotelog append notes "Hello" "World"
              some-program | remotelog append notes
              remotelog append pictures --file sunrise.jpg sunset.jpg
            An entry that was signed goes out with the next append if the server cannot be reached now: do not write it again.
            """) { topic, data, files, lines };
        command.Validators.Add(result =>
        {
            var mistyped = result.GetValue(data)?.FirstOrDefault(text => text.StartsWith("--", StringComparison.Ordinal));
            if (mistyped is not null) result.AddError($"There is no option {mistyped} here. To write such text, put it into a file or on standard input.");
        });
        command.SetAction(options, terminal, async (arguments, workplace, cancellationToken) =>
        {
            var (texts, paths) = (arguments.GetValue(data) ?? [], arguments.GetValue(files) ?? []);
            var readsLines = arguments.GetValue(lines) || (terminal.IsInputRedirected && texts.Length == 0 && paths.Length == 0);
            if (texts.Length == 0 && paths.Length == 0 && !readsLines)
            {
                terminal.Error.WriteLine("Nothing to append: name some text, --file PATH, or --lines to read standard input.");
                return ExitCode.Usage;
            }

            using var key = workplace.OpenKeyToWrite(terminal.Error);
            using var writer = await LogWriter.OpenAsync(
                workplace.Client, key, Topic.Parse(arguments.GetRequiredValue(topic)), workplace.Memory, cancellationToken);
            var before = writer.Sequence;
            if (texts.Length > 0) await writer.AppendAsync([.. texts.Select(text => Entry.Embedded(Encoding.UTF8.GetBytes(text)))], cancellationToken);
            await AppendFilesAsync(workplace.Client, writer, paths, terminal, cancellationToken);
            if (readsLines) await AppendLinesAsync(writer, terminal.Input, cancellationToken);

            var count = writer.Sequence - before;
            if (arguments.GetValue(options.Json)) PrintJson(terminal, writer, count);
            else terminal.Error.WriteLine($"Appended {count} {(count == 1 ? "entry" : "entries")}: {writer.Log} ends with entry {writer.Sequence} now.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task AppendFilesAsync(
        RemoteLogClient client, LogWriter writer, string[] paths, Terminal terminal, CancellationToken cancellationToken)
    {
        if (paths.Length == 0) return;
        await ProgressBar.RunAsync(terminal, "Uploading", async report =>
        {
            List<Entry> entries = [];
            foreach (var path in paths)
            {
                // Small files travel within the segment; others are never held in memory.
                entries.Add(new FileInfo(path).Length <= SegmentLimits.Default.EntryBytes
                    ? Entry.Embedded(await File.ReadAllBytesAsync(path, cancellationToken))
                    : await client.UploadAsync(() => File.OpenRead(path), cancellationToken: cancellationToken));
                report(entries.Count, paths.Length);
            }
            await writer.AppendAsync(entries, cancellationToken);
            return entries.Count;
        });
    }

    /// <summary>Whatever has come by now is one append, so a busy input makes large segments and a slow one is not kept waiting.</summary>
    private static async Task AppendLinesAsync(LogWriter writer, Stream input, CancellationToken cancellationToken)
    {
        using var reader = new LineReader(input);
        while (await reader.ReadAsync(cancellationToken) is { Count: > 0 } lines)
        {
            await writer.AppendAsync([.. lines.Select(line => Entry.Embedded(line))], cancellationToken);
        }
    }

    private static void PrintJson(Terminal terminal, LogWriter writer, long count) => JsonLine.Write(terminal.Output, json =>
    {
        json.WriteString("log", writer.Log.ToString());
        json.WriteNumber("appended", count);
        json.WriteNumber("sequence", writer.Sequence);
    });
}
