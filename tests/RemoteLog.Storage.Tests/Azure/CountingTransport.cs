using Azure.Core;
using Azure.Core.Pipeline;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Counts the bytes of bodies on their way to storage.</summary>
internal sealed class CountingTransport : HttpPipelineTransport, IDisposable
{
    private readonly HttpClientTransport inner = new();
    private long sent;

    public long Sent => Interlocked.Read(ref sent);

    public override Request CreateRequest() => inner.CreateRequest();

    public override void Process(HttpMessage message)
    {
        Count(message);
        inner.Process(message);
    }

    public override ValueTask ProcessAsync(HttpMessage message)
    {
        Count(message);
        return inner.ProcessAsync(message);
    }

    public void Dispose() => inner.Dispose();

    private void Count(HttpMessage message)
    {
        if (message.Request.Content is { } content && content.TryComputeLength(out var length)) Interlocked.Add(ref sent, length);
    }
}
