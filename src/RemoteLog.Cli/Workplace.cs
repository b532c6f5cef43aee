using System.CommandLine;
using RemoteLog.Client;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Cli;

/// <summary>What a command works with: the server, the home folder and the key that its options name.</summary>
internal sealed class Workplace : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly string home;

    public Workplace(ParseResult arguments, GlobalOptions options)
    {
        home = arguments.GetRequiredValue(options.Home);
        KeyName = arguments.GetRequiredValue(options.Key);

        // Somebody waits at the keyboard: a server that is away is told soon.
        Client = new RemoteLogClient(http, arguments.GetRequiredValue(options.Server), new RemoteLogClientOptions { Retries = 2 });
        Memory = new FileLogMemory(Path.Combine(home, "memory"));
    }

    public RemoteLogClient Client { get; }

    public FileLogMemory Memory { get; }

    public string KeyName { get; }

    public string KeyPath => Path.Combine(home, "keys", KeyName + ".pem");

    public PemFileKey OpenKey() => PemFileKey.Load(KeyPath);

    /// <summary>The key to write with. The usual one is made when it is first needed; a name that somebody typed must exist.</summary>
    public PemFileKey OpenKeyToWrite(TextWriter notes)
    {
        if (KeyName != GlobalOptions.UsualKey || File.Exists(KeyPath)) return OpenKey();
        notes.WriteLine($"Made your key, {KeyPath}. Whoever has this file can write your logs.");
        return PemFileKey.Create(KeyPath);
    }

    /// <summary>Reads OWNER/TOPIC, or TOPIC for a log of one's own.</summary>
    public LogName LogOf(string text)
    {
        if (text.Contains('/')) return LogName.Parse(text);
        var topic = Topic.Parse(text);
        using var key = OpenKey();
        return new LogName(key.Owner, topic);
    }

    public LogReader Reader(LogName log) => new(Client, log, Memory);

    /// <summary>Reads a log's mirror, without the server.</summary>
    public LogReader Reader(LogName log, Uri node, EthereumAddress publisher) =>
        new(new MirrorClient(http, node, publisher, Memory, new RemoteLogClientOptions { Retries = 2 }), log, Memory);

    public void Dispose() => http.Dispose();
}
