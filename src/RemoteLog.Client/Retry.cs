using System.Net;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace RemoteLog.Client;

/// <summary>Repeats what may pass: every call of the protocol is idempotent, so an answer that was lost is asked for again.</summary>
internal static class Retry
{
    public static ResiliencePipeline<HttpResponseMessage> Pipeline(RemoteLogClientOptions options, TimeSpan timeout, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time };
        if (options.Retries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.FirstDelay,
                MaxDelay = options.MaxDelay,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome switch
                {
                    { Exception: { } exception } => IsFault(exception),
                    { Result: { } response } => MayPass(response.StatusCode) && !(AskedDelay(response, time) > options.MaxDelay),
                    _ => false,
                }),
                DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result is { } response ? AskedDelay(response, time) : null),
            });
        }
        return builder.AddTimeout(timeout).Build();
    }

    /// <summary>Whether the network failed, not the server or the caller. HttpClient reports its own timeout as a cancellation.</summary>
    public static bool IsFault(Exception exception) => exception
        is HttpRequestException { HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded }
        or IOException or TimeoutRejectedException or TaskCanceledException { InnerException: TimeoutException };

    private static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
        || (status >= HttpStatusCode.InternalServerError && status is not (HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported));

    private static TimeSpan? AskedDelay(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };
}
