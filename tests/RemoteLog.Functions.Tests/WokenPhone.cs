using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using RemoteLog.Client;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>A phone, or a server behind a webhook: the client library over one way of getting hints.</summary>
internal sealed class WokenPhone : IDisposable
{
    private readonly Func<IReadOnlyList<object>> fetch;
    private readonly TemporaryFolder folder = new();
    private readonly PemFileKey key;

    public WokenPhone(TestService service, WakeAddress address, Func<IReadOnlyList<object>> fetch)
    {
        this.fetch = fetch;
        Address = address;
        key = PemFileKey.Create(Path.Combine(folder.Path, "key.pem"));
        Device = new WakeableDevice(
            new RemoteLogClient(service.Http, service.Http.BaseAddress!), key, new FileLogMemory(Path.Combine(folder.Path, "logs")),
            new FileDeviceMemory(Path.Combine(folder.Path, "device")), (log, entry, _) =>
            {
                Received.Enqueue($"{log.Topic} {entry.Sequence} {Encoding.UTF8.GetString(entry.Data!.Value.Span)}");
                return default;
            });
    }

    public WakeAddress Address { get; }

    public WakeableDevice Device { get; }

    /// <summary>Entries that were handed over.</summary>
    public ConcurrentQueue<string> Received { get; } = [];

    /// <summary>Everything that nobody else may learn of.</summary>
    public string[] Secrets
    {
        get
        {
            var notes = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "device"))).RootElement;
            using var hintKey = HintKey.Import(notes.GetProperty("Key").GetBytesFromBase64());
            var url = Uri.TryCreate(Address.Endpoint, UriKind.Absolute, out var endpoint) && endpoint.AbsolutePath.Length > 1 ? endpoint.AbsolutePath : Address.Endpoint;
            return
            [
                url, Convert.ToBase64String(hintKey.Secret.Span), Base64Url.EncodeToString(hintKey.Secret.Span), Convert.ToBase64String(hintKey.PublicKey.Span),
                Base64Url.EncodeToString(hintKey.PublicKey.Span), .. Address.WebhookSecret.IsEmpty ? Array.Empty<string>() : [Convert.ToBase64String(Address.WebhookSecret.Span)],
            ];
        }
    }

    /// <summary>What the way to it delivered since, as the app gets it: sealed, or a hint that was read already.</summary>
    public async Task<IReadOnlyList<SyncReport>> WakeAsync(CancellationToken cancellationToken)
    {
        List<SyncReport> reports = [];
        foreach (var delivered in fetch())
        {
            reports.Add(delivered is Hint hint ? await Device.ReceiveAsync(hint, cancellationToken) : await Device.ReceiveAsync((byte[])delivered, cancellationToken));
        }
        return reports;
    }

    public static byte[] Blob(string text) => Base64Url.DecodeFromChars(text);

    public void Dispose()
    {
        Device.Dispose();
        key.Dispose();
        folder.Dispose();
    }
}
