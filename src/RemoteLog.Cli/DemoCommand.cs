using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using RemoteLog.Client;
using RemoteLog.Protocol;
using Spectre.Console;

namespace RemoteLog.Cli;

/// <summary><c>demo</c>: Alice writes and goes away, Bob reads what she wrote, is woken when she writes more, and notices when the server lies.</summary>
internal static class DemoCommand
{
    private const int Messages = 1000, MessageBytes = 256, BatchSize = 50;

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var command = new TaughtCommand("demo", "See it work: a server of its own, two devices and a lie", "  remotelog demo");
        command.SetAction(options, terminal, async (_, _, cancellationToken) =>
        {
            var folder = Directory.CreateTempSubdirectory("remotelog-demo-").FullName;
            try
            {
                await using var endpoint = await HintEndpoint.StartAsync(port: 0, cancellationToken);
                await using var server = await DemoServer.StartAsync(Path.Combine(folder, "data"), endpoint.Host, cancellationToken);
                return await PlayAsync(server, endpoint, Path.Combine(folder, "alice.pem"), terminal, cancellationToken);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });
        return command;
    }

    private static async Task<ExitCode> PlayAsync(
        DemoServer server, HintEndpoint endpoint, string keyPath, Terminal terminal, CancellationToken cancellationToken)
    {
        terminal.WriteLine($"A server of its own runs at {server.Address}.");
        var table = new Table().AddColumns("", "requests", "bytes", "bytes per byte of payload", "time");

        // 1. Alice writes, and is gone.
        var (log, written) = await MeasureAsync(server, async client =>
        {
            using var alice = PemFileKey.Create(keyPath);
            using var writer = await LogWriter.OpenAsync(client, alice, Topic.Parse("diary"), new InMemoryLogMemory(), cancellationToken);
            return await ProgressBar.RunAsync(terminal, "Alice writes", async report =>
            {
                while (writer.Sequence < Messages)
                {
                    await writer.AppendAsync(
                        [.. Enumerable.Range(0, BatchSize).Select(_ => Entry.Embedded(RandomNumberGenerator.GetBytes(MessageBytes)))], cancellationToken);
                    report(writer.Sequence, Messages);
                }
                return writer.Log;
            });
        });
        AddRow(table, $"Alice appends {Messages} messages of {MessageBytes} bytes", written);
        await UntilSealedAsync(server, log, cancellationToken);

        // 2. Bob, who never met Alice's device, reads and verifies everything.
        var (read, caughtUp) = await MeasureAsync(server, client => ReadAsync(client, log, cancellationToken));
        AddRow(table, $"Bob catches up and verifies {read}", caughtUp);
        Draw(table, terminal);

        // 3. Bob's phone sleeps until Alice writes again.
        await WakeAsync(server, endpoint, keyPath, log, terminal, cancellationToken);

        // 4. The server's disk lies, and a reader without any memory finds out.
        var file = server.Tamper();
        terminal.WriteLine($"Now one bit of {file} is changed on the server's disk, and Bob reads again with fresh memory:");
        try
        {
            await MeasureAsync(server, client => ReadAsync(client, log, cancellationToken));
            terminal.WriteLine("Bob noticed nothing. This should never happen.");
            return ExitCode.NotVerified;
        }
        catch (VerificationException noticed)
        {
            terminal.WriteLine($"Bob noticed: {noticed.Message}");
            return ExitCode.Ok;
        }
    }

    private static async Task WakeAsync(
        DemoServer server, HintEndpoint endpoint, string keyPath, LogName log, Terminal terminal, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var client = new RemoteLogClient(http, server.Address);
        using var bob = PemFileKey.Create(Path.Combine(Path.GetDirectoryName(keyPath)!, "bob.pem"));
        var read = new List<string>();
        using var device = new WakeableDevice(client, bob, new InMemoryLogMemory(), new InMemoryDeviceMemory(), (_, entry, _) =>
        {
            read.Add(Encoding.UTF8.GetString(entry.Data!.Value.Span));
            return default;
        });
        await using var hints = endpoint.ReadAllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

        // The first hint proves that hints reach Bob's phone.
        await device.RegisterAsync(new WakeAddress("unifiedpush", endpoint.Address), cancellationToken);
        await hints.MoveNextAsync();
        await device.ReceiveAsync(hints.Current, cancellationToken);
        await device.FollowAsync(log, Messages, cancellationToken);
        terminal.WriteLine("Bob's phone follows Alice's diary and goes to sleep: it asks the server nothing any more.");

        using (var alice = PemFileKey.Load(keyPath))
        using (var writer = await LogWriter.OpenAsync(client, alice, log.Topic, new InMemoryLogMemory(), cancellationToken))
        {
            await writer.AppendAsync("Are you awake?"u8.ToArray(), cancellationToken: cancellationToken);
        }
        var start = Stopwatch.GetTimestamp();
        SyncReport report;
        do
        {
            await hints.MoveNextAsync();
            report = await device.ReceiveAsync(hints.Current, cancellationToken);
            if (report.Outcome == HintOutcome.TooSoon) report = await device.SyncAsync(cancellationToken);
        }

        // There may be one on its way about the messages that Bob has read already.
        while (report.Entries == 0);
        terminal.WriteLine(
            $"Alice writes. {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s later a hint of {hints.Current.Length} encrypted bytes wakes Bob's phone, which pulls and verifies "
            + $"{report.Entries} entry in {report.Bytes} bytes: \"{string.Join(' ', read)}\"");
    }

    private static async Task<long> ReadAsync(RemoteLogClient client, LogName log, CancellationToken cancellationToken)
    {
        var count = 0L;
        await foreach (var _ in new LogReader(client, log, new InMemoryLogMemory()).ReadAsync(0, cancellationToken)) count++;
        return count;
    }

    /// <summary>Sealing happens behind the appends; what is to be tampered with has to lie in pages first.</summary>
    private static async Task UntilSealedAsync(DemoServer server, LogName log, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var client = new RemoteLogClient(http, server.Address);
        var answer = await client.FindHeadAsync(log, cancellationToken);
        while (answer is { Head.Sealed: 0 }) answer = await client.WaitForHeadAsync(log, answer.ETag, TimeSpan.FromSeconds(10), cancellationToken) ?? answer;
    }

    private static async Task<(T Result, (long Requests, long Bytes, TimeSpan Time) Cost)> MeasureAsync<T>(
        DemoServer server, Func<RemoteLogClient, Task<T>> work)
    {
        var traffic = new Traffic();
        using var http = traffic.CreateClient();
        var start = Stopwatch.GetTimestamp();
        var result = await work(new RemoteLogClient(http, server.Address));
        return (result, (traffic.Requests, traffic.Bytes, Stopwatch.GetElapsedTime(start)));
    }

    private static void AddRow(Table table, string what, (long Requests, long Bytes, TimeSpan Time) cost) => table.AddRow(
        what, $"{cost.Requests}", $"{cost.Bytes:N0}", $"{(double)cost.Bytes / (Messages * MessageBytes):0.00}", $"{cost.Time.TotalMilliseconds:0} ms");

    private static void Draw(Table table, Terminal terminal)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 120;
        console.Write(table);
        terminal.WriteLine(text.ToString().TrimEnd());
    }
}
