using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace RemoteLog.Storage.Azure;

/// <summary>Counts every request that is sent to a service, repeated ones too: requests are what storage costs.</summary>
internal sealed class OperationCounter(Counter<long> operations, string service) : HttpPipelinePolicy
{
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        var answered = false;
        try
        {
            await ProcessNextAsync(message, pipeline);
            answered = true;
        }
        finally
        {
            Count(message, answered ? OutcomeOf(message.Response.Status) : "no-answer");
        }
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("Storage is spoken to asynchronously.");

    private void Count(HttpMessage message, string outcome) => operations.Add(
        1, new("service", service), new("method", message.Request.Method.Method), new("operation", OperationOf(message.Request)), new("outcome", outcome));

    /// <summary>By what the request does, never by what it does it to.</summary>
    private string OperationOf(Request request)
    {
        var (path, query) = (request.Uri.Path, request.Uri.Query);
        return (service, request.Method.Method) switch
        {
            ("table", "POST") when path.EndsWith("$batch", StringComparison.Ordinal) => "transaction",
            ("table", "POST") => path.EndsWith("/Tables", StringComparison.Ordinal) ? "create" : "insert",
            ("table", "PATCH") => "update",
            ("table", "GET") => path.EndsWith("()", StringComparison.Ordinal) ? "query" : "get",
            ("queue", "GET") => query.Contains("comp=metadata", StringComparison.Ordinal) ? "count" : "receive",
            ("queue", "POST") => "enqueue",
            ("queue", "DELETE") => "complete",
            ("blob", "GET") => "read",
            (_, "HEAD") => "look",
            (_, "PUT") => query.Contains("restype=container", StringComparison.Ordinal) || service == "queue" ? "create" : "write",
            (_, "DELETE") => "delete",
            _ => "other",
        };
    }

    private static string OutcomeOf(int status) => status switch
    {
        < 400 => "ok",
        404 => "not-found",
        409 or 412 => "conflict",
        429 or 503 => "throttled",
        < 500 => "refused",
        _ => "failed",
    };
}
