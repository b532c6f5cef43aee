using System.Text;

namespace RemoteLog.Cli.Tests;

/// <summary>Output that a test can wait for.</summary>
internal sealed class AwaitedStream : MemoryStream
{
    private readonly Lock gate = new();
    private TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

    public override void WriteByte(byte value) => Write([value], 0, 1);

    public override void Write(byte[] buffer, int offset, int count)
    {
        lock (gate)
        {
            base.Write(buffer, offset, count);
            written.SetResult();
            written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Completes once exactly <paramref name="text"/> was written.</summary>
    public async Task UntilAsync(string text)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (Encoding.UTF8.GetString(GetBuffer(), 0, (int)Length) == text) return;
                next = written.Task;
            }
            await next.WaitAsync(TestContext.Current.CancellationToken);
        }
    }
}
