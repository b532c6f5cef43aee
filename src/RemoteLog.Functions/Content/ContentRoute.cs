using Microsoft.Net.Http.Headers;
using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Content;

/// <summary>/api/v1/content/{cid}: content by its address. What lies there never changes, so every cache may keep it for good.</summary>
public sealed class ContentRoute(LogStorage storage, LimitOptions limits, SweepOptions sweep, TimeProvider time)
{
    public const string Pattern = "/api/v1/content/{cid}";

    /// <summary>GET and HEAD.</summary>
    public async Task GetAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (await FindAddressAsync(context) is not { } address) return;
        if (await FindStoreAsync(address, context.RequestAborted) is not (var store, var length))
        {
            await Problem.UnknownContent.WriteAsync(response);
            return;
        }

        var tag = $"\"{address}\"";
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.AcceptRanges = "bytes";
        if (request.Headers.IfNoneMatch.Contains(tag) || request.Headers.IfNoneMatch.Contains("*"))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var range = RangeOf(request, tag);
        var (offset, count) = range is null ? (0, length) : Within(range, length);
        if (count <= 0 && range is not null)
        {
            response.Headers.ContentRange = $"bytes */{length}";
            await Problem.RangeNotSatisfiable.WriteAsync(response, $"It has {length} bytes.");
            return;
        }
        if (range is not null)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {offset}-{offset + count - 1}/{length}";
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = count;
        if (HttpMethods.IsHead(request.Method)) return;
        await using var stream = await store.FindAsync(address, offset, count, context.RequestAborted)
            ?? throw new IOException($"Content {address} was deleted while it was read.");
        await stream.CopyToAsync(response.Body, context.RequestAborted);
    }

    public async Task PutAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (await FindAddressAsync(context) is not { } address) return;
        if (!storage.Content.Accepts(address.Kind))
        {
            // Of the two kinds that there are it is the other one: whoever sends it can address it again.
            var wanted = storage.Content.Accepts(CidKind.Swarm) ? "swarm" : "sha2-256";
            await Problem.InvalidAddress.WriteAsync(
                response, $"This service stores content under {wanted} addresses.", json => json.WriteString("kind", wanted));
            return;
        }
        if (request.ContentLength > limits.UploadBytes)
        {
            await TooLargeAsync(response);
            return;
        }

        // First the reason to keep it, then the content: the sweep deletes whatever no entry has named when its time is up.
        var use = new ContentUse(ContentUse.Upload, time.GetUtcNow().AddHours(sweep.UploadHours));
        if (!await storage.Uses.TryUseAsync(address, use, context.RequestAborted))
        {
            await Problem.Busy.WriteAsync(response);
            return;
        }

        switch (await storage.Content.UploadAsync(address, request.Body, limits.UploadBytes, context.RequestAborted))
        {
            case UploadOutcome.Stored: response.StatusCode = StatusCodes.Status201Created; break;
            case UploadOutcome.AlreadyThere: response.StatusCode = StatusCodes.Status200OK; break;
            case UploadOutcome.WrongAddress: await Problem.WrongAddress.WriteAsync(response); break;
            case UploadOutcome.TooLarge: await TooLargeAsync(response); break;
        }
    }

    private Task TooLargeAsync(HttpResponse response) => Problem.BodyTooLarge.WriteAsync(response, $"At most {limits.UploadBytes} bytes.");

    private static async ValueTask<Cid?> FindAddressAsync(HttpContext context)
    {
        if (Cid.TryParse((string?)context.Request.RouteValues["cid"], out var address)) return address;

        await Problem.InvalidAddress.WriteAsync(context.Response);
        return null;
    }

    private async ValueTask<(IContentStore Store, long Length)?> FindStoreAsync(Cid address, CancellationToken cancellationToken)
    {
        foreach (var store in new[] { storage.Pages, storage.Content })
        {
            if (await store.FindLengthAsync(address, cancellationToken) is { } length) return (store, length);
        }
        return null;
    }

    /// <summary>The one range asked for; null for the whole, which is also the answer to several ranges and to a stale <c>If-Range</c>.</summary>
    private static RangeItemHeaderValue? RangeOf(HttpRequest request, string tag)
    {
        if (request.Headers.IfRange is [{ } condition] && condition != tag) return null;
        return RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var range) && range is { Unit.Value: "bytes", Ranges.Count: 1 }
            ? range.Ranges.First()
            : null;
    }

    /// <summary>The part of the range that exists; a count of 0 or less when none does.</summary>
    private static (long Offset, long Count) Within(RangeItemHeaderValue range, long length)
    {
        if (range.From is not { } from)
        {
            var last = Math.Min(range.To ?? 0, length);
            return (length - last, last);
        }
        return (from, Math.Min(range.To ?? long.MaxValue, length - 1) - from + 1);
    }
}
