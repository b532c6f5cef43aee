using RemoteLog.Server;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Http;

/// <summary>The outermost loop: whatever goes wrong is answered with a problem, and what nobody foresaw is logged as the bug it is.</summary>
public static partial class ProblemMiddleware
{
    public static void UseProblems(this WebApplication app)
    {
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("RemoteLog.Requests");
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
                if (context.Response is { HasStarted: false, StatusCode: 404, ContentType: null }) await Problem.NotFound.WriteAsync(context.Response);
                if (context.Response is { HasStarted: false, StatusCode: 405, ContentType: null }) await Problem.MethodNotAllowed.WriteAsync(context.Response);
            }
            catch (Exception) when (context.RequestAborted.IsCancellationRequested)
            {
                // Whoever asked is gone.
            }
            catch (BadHttpRequestException exception)
            {
                await RefuseAsync(context, ProblemOf(exception), exception.Message);
            }
            catch (StorageUnavailableException exception)
            {
                Unavailable(logger, exception.Message);
                await RefuseAsync(context, Problem.StorageUnavailable, null, exception.RetryAfter);
            }
            catch (Exception exception)
            {
                Failed(logger, context.Request.Method, context.GetEndpoint()?.DisplayName, exception);
                await RefuseAsync(context, Problem.Internal, exception is DamagedLogException ? "The stored log is damaged." : null);
            }
        });
    }

    private static Problem ProblemOf(BadHttpRequestException exception) => exception.StatusCode switch
    {
        StatusCodes.Status408RequestTimeout => Problem.RequestTimeout,
        StatusCodes.Status413PayloadTooLarge => Problem.BodyTooLarge,
        _ => Problem.BadRequest,
    };

    /// <summary>A started answer cannot become a problem: it is cut off, which no reader takes for its end.</summary>
    private static Task RefuseAsync(HttpContext context, Problem problem, string? detail, TimeSpan? retryAfter = null)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.Clear();
            if (retryAfter is { } wait) context.Response.Headers.RetryAfter = $"{Math.Max(1, Math.Ceiling(wait.TotalSeconds))}";
            return problem.WriteAsync(context.Response, detail);
        }
        context.Abort();
        return Task.CompletedTask;
    }

    [LoggerMessage(LogLevel.Warning, "Storage is not available: {Cause}")]
    private static partial void Unavailable(ILogger logger, string cause);

    [LoggerMessage(LogLevel.Error, "{Method} {Route} failed.")]
    private static partial void Failed(ILogger logger, string method, string? route, Exception exception);
}
