using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace RemoteLog.Client;

/// <summary>
/// What the server's ingest queue brought and the server refused, for its operator. Every call throws <see cref="RefusedException"/> where the key is
/// not the server's (<c>wrong-operator-key</c>), or the server has none (<c>operator-key-not-set</c>). Safe for concurrent use.
/// </summary>
public sealed class Quarantine
{
    private readonly RemoteLogClient client;
    private readonly AuthenticationHeaderValue key;

    /// <param name="client">Where.</param>
    /// <param name="operatorKey">The server's setting <c>Operator:Key</c>.</param>
    /// <exception cref="FormatException">It is no such key; the message does not repeat it.</exception>
    public Quarantine(RemoteLogClient client, string operatorKey)
    {
        this.client = client;
        key = OperatorKey.Parse(operatorKey);
    }

    /// <summary>All there is, oldest first; what is removed meanwhile may be missing.</summary>
    public async IAsyncEnumerable<QuarantinedMessage> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var (after, more) = ("0", true);
        while (more)
        {
            var answer = await client.OperateAsync(HttpMethod.Get, $"quarantine?after={after}", key, cancellationToken).ConfigureAwait(false);
            (var items, more) = Read(answer);
            foreach (var item in items) yield return item;
            if (items.Count > 0) after = items[^1].Id;
            else more = false;
        }
    }

    /// <summary>The very bytes that were refused.</summary>
    /// <exception cref="RefusedException">There is no such item (<c>not-quarantined</c>).</exception>
    public async Task<ReadOnlyMemory<byte>> GetAsync(string id, CancellationToken cancellationToken = default) =>
        await client.OperateAsync(HttpMethod.Get, RouteOf(id), key, cancellationToken).ConfigureAwait(false);

    /// <summary>Has the server append it as if it came now, and then remove it.</summary>
    /// <exception cref="RefusedException">There is no such item (<c>not-quarantined</c>), or it is refused again, and stays.</exception>
    public Task ReplayAsync(string id, CancellationToken cancellationToken = default) =>
        client.OperateAsync(HttpMethod.Post, RouteOf(id) + "/replay", key, cancellationToken);

    /// <summary>Removes it for good.</summary>
    /// <exception cref="RefusedException">There is no such item (<c>not-quarantined</c>).</exception>
    public Task DropAsync(string id, CancellationToken cancellationToken = default) =>
        client.OperateAsync(HttpMethod.Delete, RouteOf(id), key, cancellationToken);

    private static string RouteOf(string id) => $"quarantine/{Uri.EscapeDataString(id)}";

    private (IReadOnlyList<QuarantinedMessage> Items, bool More) Read(byte[] answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            var items = document.RootElement.GetProperty("items").EnumerateArray().Select(item => new QuarantinedMessage(
                item.GetProperty("id").GetString()!,
                item.TryGetProperty("log", out var log) ? log.GetString() : null,
                item.GetProperty("reason").GetString()!,
                item.GetProperty("at").GetDateTimeOffset(),
                long.Parse(item.GetProperty("size").GetString()!)));
            return ([.. items], document.RootElement.GetProperty("more").GetBoolean());
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new RemoteLogException(
                $"{client.Server} answered with something that is not a list of quarantined messages. Is it a RemoteLog server?", exception);
        }
    }
}

/// <summary>One item in quarantine.</summary>
/// <param name="Id">Names it to the server.</param>
/// <param name="Log">The log it is for, as <c>owner/topic</c>; null when it does not say.</param>
/// <param name="Reason">The problem that the same upload would have been answered with, such as <c>bad-signature</c>.</param>
/// <param name="At">When it was refused first.</param>
/// <param name="Size">Length of its bytes.</param>
public sealed record QuarantinedMessage(string Id, string? Log, string Reason, DateTimeOffset At, long Size);
