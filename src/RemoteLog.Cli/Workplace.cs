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
    private readonly TimeProvider time;

    public Workplace(ParseResult arguments, GlobalOptions options, TimeProvider time)
    {
        this.time = time;
        home = arguments.GetRequiredValue(options.Home);
        KeyName = arguments.GetRequiredValue(options.Key);

        // Somebody waits at the keyboard: a server that is away is told soon.
        Client = new RemoteLogClient(http, arguments.GetRequiredValue(options.Server), new RemoteLogClientOptions { Retries = 2 });
        Memory = new FileLogMemory(Path.Combine(home, "memory"));
    }

    public RemoteLogClient Client { get; }

    public FileLogMemory Memory { get; }

    /// <summary>The Bee node that is read from instead of the server; null: none is.</summary>
    public Uri? Node { get; private set; }

    public string KeyName { get; }

    public string KeyPath => Path.Combine(home, "keys", KeyName + ".pem");

    public PemFileKey OpenKey() => PemFileKey.Load(KeyPath);

    /// <summary>The key to write with. The usual one is made when it is first needed; a name that somebody typed must exist.</summary>
    public PemFileKey OpenKeyToWrite(TextWriter notes)
    {
        if (KeyName != GlobalOptions.UsualKey || File.Exists(KeyPath)) return OpenKey();
        var key = PemFileKey.Create(KeyPath);
        notes.WriteLine($"Made your key, {KeyPath}. Whoever has this file can write your logs.");
        return key;
    }

    /// <summary>The key that this device is woken by: the one that somebody named, else one of its own, made when it is first needed.</summary>
    public PemFileKey OpenDeviceKey(TextWriter notes)
    {
        if (KeyName != GlobalOptions.UsualKey) return OpenKey();
        var path = Path.Combine(home, "keys", "device.pem");
        if (File.Exists(path)) return PemFileKey.Load(path);
        var key = PemFileKey.Create(path);
        notes.WriteLine($"Made a key for this device, {path}. It says how the device is woken.");
        return key;
    }

    /// <summary>What a device remembers of being woken by the server. Another server knows nothing of it.</summary>
    public FileDeviceMemory DeviceMemoryOf(Owner device) => new(DevicePathOf(device));

    /// <summary>
    /// Keeps this device from listening to the server's hints elsewhere until disposed of: they go to the one that registered last. Null when it does already.
    /// </summary>
    public IDisposable? TryListen(Owner device)
    {
        var path = DevicePathOf(device);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FileStream(path + ".listening", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads OWNER/TOPIC, or TOPIC for a log of one's own.</summary>
    public LogName LogOf(string text)
    {
        if (text.Contains('/')) return LogName.Parse(text);
        var topic = Topic.Parse(text);
        try
        {
            using var key = OpenKey();
            return new LogName(key.Owner, topic);
        }
        catch (KeyFileException missing) when (missing.IsMissing)
        {
            throw new KeyFileException($"{missing.Message} '{text}' alone would be a log of your own; somebody else's is named OWNER/{text}.", missing) { IsMissing = true };
        }
    }

    public LogReader Reader(LogName log) => new(Client, log, Memory);

    /// <summary>Reads a log's mirror, without the server.</summary>
    public LogReader Reader(LogName log, Uri node, EthereumAddress publisher)
    {
        Node = node;
        return new LogReader(new MirrorClient(http, node, publisher, Memory, new RemoteLogClientOptions { Retries = 2 }, time), log, Memory);
    }

    public void Dispose() => http.Dispose();

    private string DevicePathOf(Owner device) =>
        Path.Combine(home, "devices", $"{device.Name}-{Digest.Of(System.Text.Encoding.UTF8.GetBytes(Client.Server.AbsoluteUri)).ToString()[..16]}");
}
