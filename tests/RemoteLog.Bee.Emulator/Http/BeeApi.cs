namespace RemoteLog.Bee.Emulator.Http;

/// <summary>What is the same on every path: the optional /v1, a node that is starting, errors, faults.</summary>
internal static class BeeApi
{
    /// <summary>Answered while the node is starting, and never under /v1.</summary>
    private static readonly HashSet<string> Technical =
        new(StringComparer.Ordinal) { "/health", "/readiness", "/node", "/addresses", "/chainstate", "/loggers", "/metrics" };

    public static void Map(WebApplication app, BeeNode node)
    {
        app.Use((context, next) => RunAsync(context, next, node));
        app.UseRouting();
        app.Use(AnswerOtherMethodsAsync);

        new StateEndpoints(node).Map(app);
        new BytesEndpoints(node).Map(app);
        new ChunkEndpoints(node).Map(app);
        new SingleOwnerEndpoints(node).Map(app);
        new FeedEndpoints(node).Map(app);
        new StampEndpoints(node).Map(app);
        new PinEndpoints(node).Map(app);
        new StewardshipEndpoints(node).Map(app);
        new TagEndpoints(node).Map(app);
    }

    private static async Task RunAsync(HttpContext context, RequestDelegate next, BeeNode node)
    {
        var (request, response) = (context.Request, context.Response);
        if (request.Path.StartsWithSegments("/v1", out var rest) && !Technical.Contains(rest.Value!)) request.Path = rest.HasValue ? rest : "/";

        var seen = new BeeRequest(
            request.Method, request.Path.Value!,
            request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        node.Remember(seen);
        try
        {
            if (node.Faults.Before is { } before) await before(seen, context.RequestAborted);
            if (node.Faults.IsStarting && !Technical.Contains(request.Path.Value!))
            {
                throw new BeeAnswerException(
                    StatusCodes.Status503ServiceUnavailable, "Node is syncing. This endpoint is unavailable. Try again later.");
            }
            await next(context);
            if (response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed, ContentType: null })
            {
                await Answer.Message(response.StatusCode).ExecuteAsync(context);
            }
        }
        catch (BeeAnswerException refusal) when (!response.HasStarted)
        {
            response.Headers.Remove("swarm-tag");
            await Answer.Message(refusal.Status, refusal.Said, refusal.Reasons).ExecuteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away; nobody is left to be answered.
        }
    }

    private static Task AnswerOtherMethodsAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsOptions(context.Request.Method)) return next(context);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
