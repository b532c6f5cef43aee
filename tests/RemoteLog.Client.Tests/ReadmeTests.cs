using System.Runtime.CompilerServices;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Client.Tests;

/// <summary>The examples of the README are this code.</summary>
public sealed class ReadmeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task The_examples_work()
    {
        var (keyFile, memoryFolder) = (Path.Combine(folder.Path, "key.pem"), Path.Combine(folder.Path, "memory"));

        using var key = PemFileKey.Create(keyFile);
        var log = new LogName(key.Owner, Topic.Parse("notes"));
        var peer = new Peer(log);
        var client = peer.Client();
        using var writer = await LogWriter.OpenAsync(client, key, Topic.Parse("notes"), new FileLogMemory(memoryFolder));
        await writer.AppendAsync("Hello"u8.ToArray());
        await writer.AppendAsync([Entry.Embedded("many"u8.ToArray()), Entry.Embedded("at once"u8.ToArray())]);
        var reader = new LogReader(client, log, new FileLogMemory(memoryFolder));
        await foreach (var entry in reader.ReadAsync(after: 0)) Console.WriteLine($"{entry.Sequence}: {entry.Data?.Length} bytes");

        Assert.Equal(3, (await reader.FindHeadAsync())?.Sequence);
    }

    [Fact]
    public async Task The_example_of_a_mirror_reads_one()
    {
        var memoryFolder = Path.Combine(folder.Path, "memory");
        using var http = new HttpClient(new EmptyNode());
        using var key = SigningKey.Create(KeyCurve.Secp256k1);
        var (log, publisher) = (new LogName(key.Owner, Topic.Parse("notes")), EthereumAddress.Of(key.Owner));

        // The node has none.
        await Assert.ThrowsAsync<NotMirroredException>(async () =>
        {
            var memory = new FileLogMemory(memoryFolder);
            var mirror = new MirrorClient(http, new Uri("http://127.0.0.1:1633/"), publisher, memory);
            await foreach (var entry in new LogReader(mirror, log, memory).ReadAsync()) Console.WriteLine(entry.Sequence);
        });
    }

    [Fact]
    public async Task The_example_of_being_woken_works()
    {
        var (memoryFolder, deviceFile, endpoint) = (Path.Combine(folder.Path, "memory"), Path.Combine(folder.Path, "device"), "https://push.example/up1234");
        var (server, writer, kept) = (new WakePeer(), new Device(), new List<string>());
        server.Add(writer).Store(writer.Write("Hello"));
        var (client, key, log) = (new RemoteLogClient(new HttpClient(server), new Uri("http://peer.test/")), new TestKey(), writer.Log);
        ValueTask Keep(LogName name, LogEntry entry)
        {
            kept.Add($"{name} {Reads.Text(entry)}");
            return default;
        }

        using var device = new WakeableDevice(client, key, new FileLogMemory(memoryFolder), new FileDeviceMemory(deviceFile), (log, entry, _) => Keep(log, entry));
        await device.RegisterAsync(new WakeAddress("unifiedpush", endpoint));
        await device.FollowAsync(log);
        var registered = server.Statements.OfType<DeviceStatement.Register>().Single();
        var pushed = HintCipher.Encrypt(new Hint([new MovedTag(server.Follows[log], 1)], More: false), registered.PublicKey.Span, registered.Secret.Span);
        var report = await device.ReceiveAsync(pushed);
        if (!report.IsComplete) report = await device.SyncAsync();

        Assert.Equal([$"{writer.Log} Hello"], kept);
    }

    [Fact]
    public void The_readme_shows_them_as_they_are()
    {
        var source = File.ReadLines(ThisFile()).Select(line => line.Trim()).ToHashSet();
        List<string> shown = [];
        var inside = false;
        foreach (var line in File.ReadLines(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../src/RemoteLog.Client/README.md")))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) inside = line == "```csharp";
            else if (inside && line.Length > 0) shown.Add(line);
        }

        Assert.Equal(14, shown.Count);
        Assert.All(shown, line => Assert.Contains(line, source));
    }

    public void Dispose() => folder.Dispose();

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private sealed class EmptyNode : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(System.Net.HttpStatusCode.NotFound));
    }
}
