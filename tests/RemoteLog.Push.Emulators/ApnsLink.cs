using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace RemoteLog.Push.Emulators;

/// <summary>
/// One connection to the APNs emulator. Kestrel speaks HTTP/2 on it; what Kestrel cannot be told to say (a limit that changes, a GOAWAY with a reason) is put
/// between its frames here.
/// </summary>
internal sealed class ApnsLink : IDisposable
{
    private const int HeaderSize = 9;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const ushort MaxConcurrentStreams = 3;

    private readonly SemaphoreSlim writing = new(1);
    private readonly PipeWriter output;
    private int active;
    private bool isGreeted;

    private ApnsLink(PipeWriter output) => this.output = output;

    /// <summary>Streams at once that the other side has been told of.</summary>
    public int Limit { get; private set; } = 1;

    public int Active => Volatile.Read(ref active);

    /// <summary>The provider token it was used with, and since when.</summary>
    public string? Token { get; set; }

    public DateTimeOffset TokenSince { get; set; }

    /// <summary>An expired token was used on it: it never recovers.</summary>
    public bool IsWedged { get; set; }

    public long LastStream { get; private set; } = long.MaxValue;

    public static ConnectionDelegate Intercept(ConnectionDelegate next, Action<ApnsLink> opened) => async context =>
    {
        var transport = context.Transport;
        using var link = new ApnsLink(transport.Output);
        opened(link);
        var pipe = new Pipe();
        context.Transport = new Duplex(transport.Input, pipe.Writer);
        context.Features.Set(link);
        var pump = link.PumpAsync(pipe.Reader);
        try
        {
            await next(context);
        }
        finally
        {
            await pipe.Writer.CompleteAsync();
            await pump;
            context.Transport = transport;
        }
    };

    public bool TryEnter() => Interlocked.Increment(ref active) <= Limit;

    public void Leave() => Interlocked.Decrement(ref active);

    public async Task SetLimitAsync(int limit)
    {
        if (limit == Limit) return;
        Limit = limit;
        var payload = new byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(payload, MaxConcurrentStreams);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(2), limit);
        await WriteAsync(Frame(Settings, payload));
    }

    public async Task GoAwayAsync(long lastStream, int code, string reason)
    {
        LastStream = lastStream;
        var payload = new byte[8 + Encoding.UTF8.GetByteCount(reason)];
        BinaryPrimitives.WriteInt32BigEndian(payload, (int)lastStream);
        BinaryPrimitives.WriteInt32BigEndian(payload.AsSpan(4), code);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(8));
        await WriteAsync(Frame(GoAway, payload));
    }

    public void Dispose() => writing.Dispose();

    private static byte[] Frame(byte type, byte[] payload)
    {
        byte[] frame = [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, 0, 0, 0, 0, 0, .. payload];
        return frame;
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> frame)
    {
        await writing.WaitAsync();
        try
        {
            await output.WriteAsync(frame);
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task PumpAsync(PipeReader reader)
    {
        while (true)
        {
            var read = await reader.ReadAsync();
            var buffer = read.Buffer;
            while (buffer.Length >= HeaderSize && LengthOf(buffer) is var length && buffer.Length >= length)
            {
                var frame = buffer.Slice(0, length).ToArray();
                buffer = buffer.Slice(length);
                if (!isGreeted && frame[3] == Settings && frame[4] == 0) Greet(frame);
                await WriteAsync(frame);
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) break;
        }
        await reader.CompleteAsync();
    }

    /// <summary>Kestrel's first frame tells a limit of Kestrel's.</summary>
    private void Greet(byte[] frame)
    {
        isGreeted = true;
        for (var at = HeaderSize; at < frame.Length; at += 6)
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at)) == MaxConcurrentStreams) BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(at + 2), Limit);
        }
    }

    private static long LengthOf(ReadOnlySequence<byte> buffer)
    {
        Span<byte> header = stackalloc byte[3];
        buffer.Slice(0, 3).CopyTo(header);
        return HeaderSize + ((header[0] << 16) | (header[1] << 8) | header[2]);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
