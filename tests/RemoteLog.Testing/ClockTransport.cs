using Azure.Core;
using Azure.Core.Pipeline;

namespace RemoteLog.Testing;

/// <summary>Tells an emulator whose clock may be moved, with each request, what time it is: see tests/azurite/clock.cjs.</summary>
public sealed class ClockTransport(TimeProvider time) : HttpPipelineTransport
{
    public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException("Storage is spoken to asynchronously.");

    public override ValueTask ProcessAsync(HttpMessage message)
    {
        message.Request.Headers.SetValue("x-test-time", time.GetUtcNow().ToUnixTimeMilliseconds().ToString());
        return HttpClientTransport.Shared.ProcessAsync(message);
    }
}
