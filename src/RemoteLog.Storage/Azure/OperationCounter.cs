using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace RemoteLog.Storage.Azure;

/// <summary>Counts every request that is sent to a service, repeated ones too: requests are what storage costs.</summary>
internal sealed class OperationCounter(Counter<long> operations, string service) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message) =>
        operations.Add(1, new("service", service), new("method", message.Request.Method.ToString()));
}
