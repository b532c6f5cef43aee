using System.Collections.Concurrent;
using System.Threading.Channels;
using RemoteLog.Client;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>A device that appends one message after the other; what was not acknowledged is sent again as it was.</summary>
internal sealed class LoadWriter(RemoteLogClient client)
{
    private readonly Channel<int> acknowledgements = Channel.CreateUnbounded<int>();

    public Device Device { get; } = new();

    /// <summary>Sequence of the newest message that was acknowledged.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>The problems that the service answered with.</summary>
    public ConcurrentBag<string> Problems { get; } = [];

    /// <summary>Until so many more than now are acknowledged.</summary>
    public async Task AcknowledgedAsync(int count)
    {
        var now = Acknowledged;
        while (await acknowledgements.Reader.ReadAsync() < now + count)
        {
        }
    }

    public async Task WriteAsync(CancellationToken until)
    {
        for (byte[]? segment = null; !until.IsCancellationRequested;)
        {
            segment ??= Device.Write($"{Device.Sequence + 1}");
            try
            {
                await client.AppendAsync(Device.Log, segment, CancellationToken.None);
            }
            catch (RefusedException exception)
            {
                Problems.Add(exception.Problem ?? exception.Title);
                continue;
            }
            catch (ServerUnreachableException)
            {
                continue;
            }
            segment = null;
            Acknowledged = (int)Device.Sequence;
            acknowledgements.Writer.TryWrite(Acknowledged);
        }
    }

    /// <summary>All that was acknowledged is there, and nothing twice; the log verifies. The one message under way when writing stopped may be there or not.</summary>
    public async Task CheckAsync(RemoteLogClient reader)
    {
        var read = await reader.ReadAsync(Device);
        Assert.InRange(read.Count, Acknowledged, Device.Sequence);
        Assert.Equal(Enumerable.Range(1, read.Count).Select(n => $"{n}"), read);
    }
}
