using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>Writes the data under a root chunk, whole or a range of it.</summary>
internal static class Joined
{
    /// <summary>
    /// The status goes out when the root is there. A chunk below it that is not to be had ends the body early, under that status, and the connection with it.
    /// </summary>
    public static async Task WriteAsync(HttpContext context, BeeNode node, Chunk root, Reading reading, string quotedReference)
    {
        var (request, response) = (context.Request, context.Response);
        response.ContentType = "application/octet-stream";
        if (reading.OnlyRootChunk)
        {
            response.ContentLength = root.Content.Length;
            await response.Body.WriteAsync(root.Content, context.RequestAborted);
            return;
        }

        var tag = new EntityTagHeaderValue($"\"{quotedReference}\"");
        response.Headers.ETag = tag.ToString();
        response.Headers.AcceptRanges = "bytes";
        if (request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        var length = node.Faults.BodiesEndAfter is { } end ? Math.Min(end, root.Span) : root.Span;
        var (from, to) = (0L, length);
        if (request.GetTypedHeaders().Range?.Ranges is { Count: 1 } ranges)
        {
            var range = ranges.First();
            from = range.From ?? Math.Max(0, length - range.To!.Value);
            to = range.From is not null && range.To is { } last ? Math.Min(length, last + 1) : length;
            if (from >= to)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = $"bytes */{length.ToString(CultureInfo.InvariantCulture)}";
                return;
            }
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = new ContentRangeHeaderValue(from, to - 1, length).ToString();
        }
        response.ContentLength = to - from;
        await response.StartAsync(context.RequestAborted);

        var left = to - from;
        var isCorrupt = node.Faults.CacheIsCorrupt && reading.Keep;
        foreach (var piece in ChunkTree.Read(root, from, address => node.Find(address, reading.Keep)))
        {
            if (left == 0) break;
            var wanted = piece[..(int)Math.Min(left, piece.Length)];
            await response.Body.WriteAsync(isCorrupt ? Corrupted(wanted) : wanted, context.RequestAborted);
            left -= wanted.Length;
        }
    }

    /// <summary>Other bytes than these.</summary>
    public static ReadOnlyMemory<byte> Corrupted(ReadOnlyMemory<byte> bytes)
    {
        var corrupted = bytes.ToArray();
        if (corrupted.Length > 0) corrupted[^1] ^= 0x20;
        return corrupted;
    }
}
