using System.Buffers;
using System.IO.Pipelines;

namespace RemoteLog.Cli;

/// <summary>Reads lines as bytes, all that have come at once: whatever they are encoded in, they stay as they are.</summary>
internal sealed class LineReader(Stream input) : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private readonly PipeReader reader = PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: BufferSize, leaveOpen: true));

    /// <summary>The next lines, at least one, without their ends; none at the end of the input.</summary>
    public async ValueTask<IReadOnlyList<byte[]>> ReadAsync(CancellationToken cancellationToken)
    {
        List<byte[]> lines = [];
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                lines.Add(LineOf(rest.Slice(0, end)));
                rest = rest.Slice(rest.GetPosition(1, end));
            }
            if (read.IsCompleted && !rest.IsEmpty)
            {
                lines.Add(LineOf(rest));
                rest = rest.Slice(rest.End);
            }
            reader.AdvanceTo(rest.Start, rest.End);
            if (lines.Count > 0 || read.IsCompleted) return lines;
        }
    }

    public void Dispose() => reader.Complete();

    /// <summary>Windows ends lines with two characters.</summary>
    private static byte[] LineOf(ReadOnlySequence<byte> line)
    {
        var bytes = line.ToArray();
        return bytes is [.., (byte)'\r'] ? bytes[..^1] : bytes;
    }
}
