using System.Net.Sockets;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Sends a request again whose failure passes: storage was busy, broke, or its answer never came. It waits as long as storage asked for, gives up when
/// that would exceed its patience, and then throws <see cref="StorageUnavailableException"/>, which nothing else of this provider does for a request.
/// A lost answer may be that of a change that was made, so every change sent through here is one that can be made again, or is conditional and its
/// conflict with itself is resolved by reading back (<see cref="Tables.Commit.Repeated"/>).
/// </summary>
internal sealed class RetryPolicy(TimeSpan patience, TimeProvider time) : HttpPipelinePolicy
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        var started = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            var context = message.ProcessingContext;
            context.RetryNumber = attempt;
            Exception? failure = null;
            try
            {
                await ProcessNextAsync(message, pipeline);
                if (!IsPassing(message.Response.Status)) return;
            }
            catch (Exception exception) when (IsPassing(exception, message))
            {
                failure = exception;
            }

            var delay = DelayAfter(attempt, failure is null ? message.Response : null);
            if (time.GetElapsedTime(started) + delay > patience) throw Unavailable(message, delay, failure);
            if (failure is null) message.Response.Dispose();
            await Task.Delay(delay, time, message.CancellationToken);
        }
    }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("Storage is spoken to asynchronously.");

    private static bool IsPassing(int status) => status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>The connection failed, or took too long; not when it was the caller who cancelled.</summary>
    private static bool IsPassing(Exception exception, HttpMessage message) => exception switch
    {
        // HttpClient lets the bare exception of a socket through where a connection ends at the very moment it was made.
        RequestFailedException { Status: 0 } or IOException or SocketException => true,
        OperationCanceledException => !message.CancellationToken.IsCancellationRequested,
        _ => false,
    };

    private static TimeSpan DelayAfter(int attempt, Response? response)
    {
        var delay = FirstDelay * Math.Pow(2, attempt) * (0.8 + (0.4 * Random.Shared.NextDouble()));
        return response is not null && response.Headers.TryGetValue("Retry-After", out var text) && int.TryParse(text, out var seconds)
            && TimeSpan.FromSeconds(seconds) is var asked && asked > delay
            ? asked
            : delay;
    }

    private static StorageUnavailableException Unavailable(HttpMessage message, TimeSpan retryAfter, Exception? failure)
    {
        var what = failure is null ? $"answered {message.Response.Status}" : "did not answer";
        return new StorageUnavailableException($"{message.Request.Uri.Host} {what}.", retryAfter, failure);
    }
}
