using System.Text;
using RemoteLog.Protocol;

namespace RemoteLog.Bench.Load;

/// <summary>A device that writes one log. It signs its requests ahead of time, so that signing is not part of what is measured.</summary>
internal sealed class LogDevice : IDisposable
{
    /// <summary>Length of each message, in bytes.</summary>
    public const int MessageLength = 256;

    private readonly SigningKey key = SigningKey.Create();
    private readonly Random random;
    private long bytes;

    public LogDevice(int seed)
    {
        random = new Random(seed);
        Log = new LogName(key.Owner, Topic.Parse("bench"));
        Link = Log.Id;
    }

    public LogName Log { get; }

    /// <summary>Of the newest entry it signed.</summary>
    public long Sequence { get; private set; }

    /// <summary>After that entry.</summary>
    public Digest Link { get; private set; }

    /// <summary>GET of the head.</summary>
    public byte[] HeadRequest() => Encoding.ASCII.GetBytes($"GET {Path()} HTTP/1.1\r\nHost: bench\r\nAccept: application/x-protobuf\r\n\r\n");

    /// <summary>POST of the next segment, signed.</summary>
    public byte[] AppendRequest(int entries)
    {
        var first = Sequence + 1;
        var batch = new Entry[entries];
        for (var i = 0; i < entries; i++)
        {
            var data = new byte[MessageLength];
            random.NextBytes(data);
            batch[i] = Entry.Embedded(data);
        }
        Sequence += entries;
        Link = Chain.Extend(Link, batch);
        bytes += (long)entries * MessageLength;

        var body = Segment.Write(Log, first, batch, key.Sign(Checkpoint.Text(Log, Sequence, Link)));
        var headers = Encoding.ASCII.GetBytes(
            $"POST {Path()}/segments HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-protobuf\r\nAccept: application/x-protobuf\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n");
        return [.. headers, .. body];
    }

    /// <summary>POSTs of the next segments.</summary>
    public byte[][] AppendRequests(int count, int entries)
    {
        var requests = new byte[count][];
        for (var i = 0; i < count; i++) requests[i] = AppendRequest(entries);
        return requests;
    }

    /// <summary>Asks for the head, which must be what this device signed last, with a receipt that holds.</summary>
    /// <exception cref="BenchException">It is not.</exception>
    public Head CheckHead(HttpConnection connection)
    {
        if (!Head.TryParse(connection.Exchange(HeadRequest()), out var head)
            || !head.Log.Equals(Log) || head.Sequence != Sequence || head.Link != Link || head.Bytes != bytes
            || !head.Checkpoint.Verify() || head.Receipt?.Verify(Log, Sequence, Link) != true)
        {
            throw new BenchException($"The server's head of {Log} is not what was appended: {head?.Sequence} instead of {Sequence}.");
        }
        return head;
    }

    public void Dispose() => key.Dispose();

    private string Path() => $"/api/v1/logs/{Log.Owner}/{Log.Topic}";
}
