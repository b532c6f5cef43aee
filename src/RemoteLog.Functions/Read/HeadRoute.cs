using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Read;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Read;

/// <summary>GET …/{owner}/{topic}: the head, now or once it has changed.</summary>
public sealed class HeadRoute(OpenLogs logs, HeadWatch watch, WaitOptions options)
{
    public async Task GetAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (await LogRoute.FindLogAsync(context, logs) is not { } log) return;
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;
        if (await LogRoute.FindNumberAsync(context, "wait") is not { } wait) return;

        var known = request.Headers.IfNoneMatch;
        var seconds = known.Count == 0 ? 0 : Math.Min(wait, options.Seconds);
        var head = await watch.FindAsync(
            log.Name, head => !Matches(known, Tag(head, format)), TimeSpan.FromSeconds(seconds), context.RequestAborted);
        if (head is null)
        {
            await Problem.UnknownLog.WriteAsync(response);
            return;
        }

        response.Headers.ETag = Tag(head, format);
        response.Headers.CacheControl = "no-cache";
        if (Matches(known, Tag(head, format))) response.StatusCode = StatusCodes.Status304NotModified;
        else await LogRoute.WriteAsync(response, format, MessageKind.Head, head.Bytes);
    }

    /// <summary>Strong: the same tag, the same bytes. One log has one link at a sequence, so these numbers settle the rest.</summary>
    public static string Tag(StoredHead stored, Format format) =>
        $"\"{stored.Head.Sequence}.{stored.Head.Sealed}.{stored.Head.Erased}-{(format == Format.Protobuf ? 'p' : 'j')}\"";

    private static bool Matches(StringValues known, string tag) =>
        known.Count > 0 && (known is [{ } only] && only == tag
            || (EntityTagHeaderValue.TryParseList(known, out var tags) && tags.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Tag == tag)));
}
