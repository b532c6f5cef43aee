using System.Net;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace RemoteLog.Client;

/// <summary>Requests to one server, repeated while that may help: every call of the protocol is idempotent, so an answer that was lost is asked for again.</summary>
/// <param name="http">Sends them.</param>
/// <param name="server">Who is asked, for whoever reads that it does not answer.</param>
/// <param name="options">How often to repeat.</param>
/// <param name="timeout">For each attempt.</param>
/// <param name="received">Looks at an answer before it is decided whether to repeat.</param>
internal sealed class RepeatedCalls(
    HttpClient http, Uri server, RemoteLogClientOptions options, TimeSpan timeout, TimeProvider time, Action<HttpResponseMessage>? received = null)
{
    private readonly ResiliencePipeline<HttpResponseMessage> pipeline = Pipeline(options, timeout, time);

    /// <summary>Whether the network failed, not the server or the caller. HttpClient reports its own timeout as a cancellation.</summary>
    public static bool IsFault(Exception exception) => exception
        is HttpRequestException { HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded }
        or IOException or TimeoutRejectedException or TaskCanceledException { InnerException: TimeoutException };

    /// <summary>The answer, in memory.</summary>
    /// <param name="request">Makes the request, for each attempt.</param>
    /// <param name="maxBytes">The most that the answer may be.</param>
    /// <param name="streamed">Whether a success is not loaded but left to be read, however long.</param>
    /// <exception cref="ServerUnreachableException">There is none.</exception>
    /// <exception cref="RemoteLogException">It is too long.</exception>
    public async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> request, long maxBytes, CancellationToken cancellationToken, bool streamed = false)
    {
        try
        {
            return await pipeline.ExecuteAsync(
                async attempt =>
                {
                    using var message = request();
                    var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, attempt).ConfigureAwait(false);
                    try
                    {
                        // Inside the attempt, so that an answer that breaks off is asked for again.
                        if (!streamed || !response.IsSuccessStatusCode) await response.Content.LoadIntoBufferAsync(maxBytes, attempt).ConfigureAwait(false);
                        received?.Invoke(response);
                        return response;
                    }
                    catch
                    {
                        response.Dispose();
                        throw;
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsFault(exception))
        {
            throw new ServerUnreachableException(server, exception);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            throw new RemoteLogException($"{server} answered with more than the {maxBytes} bytes that were allowed.", exception);
        }
    }

    private static ResiliencePipeline<HttpResponseMessage> Pipeline(RemoteLogClientOptions options, TimeSpan timeout, TimeProvider time)
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
