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

    public string Text
    {
        get
        {
            lock (gate) return Encoding.UTF8.GetString(GetBuffer(), 0, (int)Length);
        }
    }

    /// <summary>Completes once exactly <paramref name="text"/> was written.</summary>
    public Task UntilAsync(string text) => UntilAsync(written => written == text);

    /// <summary>Completes once what was written is such.</summary>
    public async Task UntilAsync(Func<string, bool> such)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (such(Text)) return;
                next = written.Task;
            }
            await next.WaitAsync(TestContext.Current.CancellationToken);
        }
    }
}
