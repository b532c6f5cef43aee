using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

namespace RemoteLog.Bench.Servers;

/// <summary>A file that is appended to by whoever waits: one write and one flush for all of them.</summary>
internal sealed partial class GroupFile : IDisposable
{
    private readonly Channel<Append> waiting = Channel.CreateUnbounded<Append>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });

    private readonly SafeFileHandle handle;
    private readonly Task loop;

    public GroupFile(string path)
    {
        handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>On disk once the task completes.</summary>
    public Task AppendAsync(byte[] bytes)
    {
        var append = new Append(bytes);
        waiting.Writer.TryWrite(append);
        return append.Done.Task;
    }

    public void Dispose()
    {
        waiting.Writer.Complete();
        loop.Wait();
        handle.Dispose();
    }

    private void Run()
    {
        List<Append> group = [];
        List<ReadOnlyMemory<byte>> parts = [];
        var length = 0L;
        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (waiting.Reader.TryRead(out var append))
            {
                group.Add(append);
                parts.Add(append.Bytes);
            }

            RandomAccess.Write(handle, parts, length);
            foreach (var part in parts) length += part.Length;
            if (FlushData(handle) != 0) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            foreach (var append in group) append.Done.SetResult();
            group.Clear();
            parts.Clear();
        }
    }

    // .NET flushes with fsync only, and SQLite with this.
    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FlushData(SafeFileHandle file);

    private sealed record Append(byte[] Bytes)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
