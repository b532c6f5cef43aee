using Azure.Core;
using Azure.Core.Pipeline;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Tells the emulator with each request what time it is.</summary>
internal sealed class ClockTransport(TimeProvider time) : HttpPipelineTransport
{
    public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException("Storage is spoken to asynchronously.");

    public override ValueTask ProcessAsync(HttpMessage message)
    {
        message.Request.Headers.SetValue("x-test-time", time.GetUtcNow().ToUnixTimeMilliseconds().ToString());
        return HttpClientTransport.Shared.ProcessAsync(message);
    }
}
