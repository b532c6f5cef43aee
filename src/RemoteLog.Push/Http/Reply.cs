using System.Net;
using System.Text.Json;

namespace RemoteLog.Push.Http;

/// <summary>What a push service answered, as far as anybody needs it.</summary>
/// <param name="Status">The status code.</param>
/// <param name="RetryAfter">How long it asks to be left alone, whichever way it says so.</param>
/// <param name="Body">At most 4 KiB of it: services explain faults in less.</param>
internal sealed record Reply(HttpStatusCode Status, TimeSpan? RetryAfter, ReadOnlyMemory<byte> Body)
{
    private const int MaxBody = 4 * 1024;

    public int Code => (int)Status;

    public bool IsSuccess => Code is >= 200 and < 300;

    public static async ValueTask<Reply> ReadAsync(HttpResponseMessage response, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = ReadOnlyMemory<byte>.Empty;
        if (!response.IsSuccessStatusCode)
        {
            await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[MaxBody];
            body = buffer.AsMemory(0, await content.ReadAtLeastAsync(buffer, MaxBody, throwOnEndOfStream: false, cancellationToken));
        }
        return new Reply(response.StatusCode, RetryAfterOf(response, time), body);
    }

    /// <summary>The body as a JSON object; null when it is none.</summary>
    public JsonDocument? FindJson()
    {
        try
        {
            var json = JsonDocument.Parse(Body);
            if (json.RootElement.ValueKind == JsonValueKind.Object) return json;
            json.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, TimeProvider time)
    {
        var header = response.Headers.RetryAfter;
        var delay = header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);
        return delay < TimeSpan.Zero ? TimeSpan.Zero : delay;
    }
}
