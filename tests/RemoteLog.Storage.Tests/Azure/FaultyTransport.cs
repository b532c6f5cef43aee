using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>The network between us and the emulator: it keeps what was sent, and does to the next requests what a test wants.</summary>
internal sealed class FaultyTransport : HttpPipelineTransport
{
    private readonly ConcurrentQueue<Fault> faults = new();
    private readonly ConcurrentQueue<SentRequest> sent = new();

    /// <summary>What a request meets on its way.</summary>
    public enum Fault
    {
        /// <summary>Nothing.</summary>
        None,

        /// <summary>It is carried out, and the connection breaks before the answer.</summary>
        AnswerLost,

        /// <summary>It never arrives.</summary>
        RequestLost,

        /// <summary>The connection ends at the moment it is made.</summary>
        ConnectionLost,

        /// <summary>The service is busy, and asks for seven seconds.</summary>
        Busy,

        /// <summary>It never leaves: our process ended.</summary>
        ProcessEnded,
    }

    /// <summary>Requests since the beginning or the last <see cref="Forget"/>, those that met a fault too.</summary>
    public IReadOnlyCollection<SentRequest> Sent => sent;

    /// <summary>What the next requests meet, in turn.</summary>
    public void Next(params Fault[] next)
    {
        foreach (var fault in next) faults.Enqueue(fault);
    }

    public void Forget() => sent.Clear();

    /// <summary>What happens meanwhile, before a request goes out.</summary>
    public Func<Task>? BeforeRequest { get; set; }

    public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

    public override void Process(HttpMessage message) => throw new NotSupportedException("Storage is spoken to asynchronously.");

    public override async ValueTask ProcessAsync(HttpMessage message)
    {
        sent.Enqueue(await SentRequest.OfAsync(message.Request));
        var fault = faults.TryDequeue(out var next) ? next : Fault.None;
        if (BeforeRequest is { } meanwhile) await meanwhile();
        if (fault == Fault.ProcessEnded) throw new RequestFailedException(400, "The process ended here.");
        if (fault == Fault.Busy)
        {
            message.Response = new BusyResponse();
            return;
        }
        if (fault == Fault.ConnectionLost) throw new SocketException((int)SocketError.NotConnected);
        if (fault != Fault.RequestLost) await HttpClientTransport.Shared.ProcessAsync(message);
        if (fault is Fault.AnswerLost or Fault.RequestLost) throw new RequestFailedException(0, "The connection was reset.");
    }

    private sealed class BusyResponse : Response
    {
        private const string RetryAfter = "Retry-After";

        public override int Status => 503;

        public override string ReasonPhrase => "Server Busy";

        public override Stream? ContentStream { get; set; } = new MemoryStream("""{"odata.error":{"code":"ServerBusy"}}"""u8.ToArray());

        public override string ClientRequestId { get; set; } = string.Empty;

        public override void Dispose() => ContentStream?.Dispose();

        protected override bool ContainsHeader(string name) => name == RetryAfter;

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [new HttpHeader(RetryAfter, "7")];

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value)
        {
            value = ContainsHeader(name) ? "7" : null;
            return value is not null;
        }

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = ContainsHeader(name) ? ["7"] : null;
            return values is not null;
        }
    }
}

/// <summary>One request as it was sent.</summary>
internal sealed record SentRequest(Uri Address, string Authorization, string Body)
{
    /// <summary>Whether it is an entity-group transaction.</summary>
    public bool IsTransaction => Address.AbsolutePath.EndsWith("/$batch", StringComparison.Ordinal);

    /// <summary>Deletions in a transaction.</summary>
    public int Deletions => Body.Split("\r\nDELETE ").Length - 1;

    /// <summary>Changes in a transaction.</summary>
    public int Changes => Body.Split("Content-ID: ").Length - 1;

    public static async Task<SentRequest> OfAsync(Request request)
    {
        using var body = new MemoryStream();
        if (request.Content is { } content) await content.WriteToAsync(body, CancellationToken.None);
        var authorization = request.Headers.TryGetValue("Authorization", out var value) ? value : string.Empty;
        return new SentRequest(request.Uri.ToUri(), authorization, System.Text.Encoding.Latin1.GetString(body.ToArray()));
    }
}
