using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using System.Text.Json;
using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary>Looks at a server from outside, as a device would, and has it look at itself where the operator's key is known.</summary>
internal sealed class Doctor : IDisposable
{
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromSeconds(30);

    /// <summary>Beyond what a slow answer and the whole seconds of a Date header explain.</summary>
    private static readonly TimeSpan SmallSkew = TimeSpan.FromSeconds(5), LargeSkew = TimeSpan.FromMinutes(1);

    private readonly Uri server;
    private readonly string operatorKey;
    private readonly TimeProvider time;
    private readonly HttpClient http;
    private readonly RemoteLogClient client;
    private TimeSpan skew;

    public Doctor(Uri server, string operatorKey, TimeProvider time)
    {
        this.server = server;
        this.operatorKey = operatorKey;
        this.time = time;
        http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = ConnectPatience, AllowAutoRedirect = false }) { Timeout = Patience };
        client = new RemoteLogClient(http, server, new RemoteLogClientOptions { Retries = 0, Timeout = Patience });
    }

    public static string Version => typeof(Doctor).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>All findings, in the order in which one rests on the other: what rests on a failed one is skipped.</summary>
    /// <param name="report">How many are done, of how many.</param>
    public async Task<IReadOnlyList<ServiceCheckResult>> ExamineAsync(Action<double, double> report, CancellationToken cancellationToken)
    {
        List<(string Name, bool IsBasis, Func<CancellationToken, Task<Finding>> Look)> checks =
        [
            ("reachable", true, ConnectAsync),
            ("service", true, FindServiceAsync),
            ("clock", false, _ => Task.FromResult(JudgeClock())),
            ("ready", false, AskReadyAsync),
            ("round-trip", false, AppendReadAndVerifyAsync),
        ];
        if (server.Scheme == Uri.UriSchemeHttps) checks.Insert(1, ("tls", true, new TlsCheck(server, time).LookAsync));

        List<ServiceCheckResult> results = [];
        string? missing = null;
        foreach (var (name, isBasis, look) in checks)
        {
            report(results.Count, checks.Count + 1);
            var result = missing is null ? await RunAsync(name, look, cancellationToken) : Skipped(name, missing);
            if (isBasis && result.Status == ServiceCheckStatus.Failed) missing = name;
            results.Add(result);
        }
        report(checks.Count, checks.Count + 1);
        if (missing is null) results.AddRange(await AskServiceAsync(cancellationToken));
        else results.Add(Skipped("inside", missing));
        return results;
    }

    public void Dispose() => http.Dispose();

    private static ServiceCheckResult Skipped(string name, string missing) =>
        new(name, ServiceCheckStatus.Skipped, $"Not looked at, because '{missing}' failed.", null, TimeSpan.Zero);

    private async Task<ServiceCheckResult> RunAsync(string name, Func<CancellationToken, Task<Finding>> look, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        Finding finding;
        try
        {
            finding = await look(cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or RemoteLogException or IOException or SocketException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            finding = Explain(exception);
        }
        return new ServiceCheckResult(name, finding.Status, finding.Detail, finding.Advice, time.GetElapsedTime(started));
    }

    private static Finding Explain(Exception exception) => exception switch
    {
        RefusedException { Status: HttpStatusCode.ServiceUnavailable } busy => Finding.Failed(
            busy.Message, "Its storage does not answer: look whether it is reachable and whether the service's identity has its roles there."),
        RefusedException { Status: HttpStatusCode.InternalServerError } broken => Finding.Failed(broken.Message, "Look in the service's log for the error and report it."),
        RefusedException refused => Finding.Failed($"{refused.Problem ?? refused.Status.ToString()}: {refused.Message}", "Look whether something between here and the service changes requests."),
        VerificationException lie => Finding.Failed(lie.Message, "What came back is not what was signed. Do not rely on this server; look at what stands before it and at its storage."),
        OperationCanceledException => Finding.Failed($"No answer within {Patience.TotalSeconds} s.", "Look at the service's log and load, and at its storage."),
        _ => Finding.Failed(exception.GetBaseException().Message, "Look whether the service still runs, and what stands between."),
    };

    private async Task<Finding> ConnectAsync(CancellationToken cancellationToken)
    {
        using var socket = new TcpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ConnectPatience);
        try
        {
            await socket.ConnectAsync(server.IdnHost, server.Port, limit.Token);
            return Finding.Ok($"{server.IdnHost}:{server.Port} takes connections.");
        }
        catch (SocketException exception)
        {
            return Finding.Failed($"{server.IdnHost}:{server.Port}: {exception.Message}.", exception.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "The name is unknown: check its spelling and its DNS records.",
                SocketError.ConnectionRefused => "Nothing listens there: start the service, or check the port.",
                _ => "Check the network between here and there.",
            });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Finding.Failed($"{server.IdnHost}:{server.Port} does not answer within {ConnectPatience.TotalSeconds} s.", "Check firewalls, and whether the machine runs.");
        }
    }

    private async Task<Finding> FindServiceAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var response = await http.GetAsync(RouteOf("health/live"), cancellationToken);
        var took = time.GetElapsedTime(started);
        var version = VersionIn(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        if (!response.IsSuccessStatusCode || version is null)
        {
            return Finding.Failed(
                $"{RouteOf("health/live")} answered {(int)response.StatusCode}, and not as RemoteLog does.",
                "Another program listens there, or something before it answers instead. The URL is the service's root: without /api, with https where that is spoken.");
        }

        // The moment of the header lies within its second, and somewhere within the time that the request took.
        if (response.Headers.Date is { } date) skew = date + TimeSpan.FromSeconds(0.5) - (time.GetUtcNow() - (took / 2));
        var detail = $"RemoteLog {version} answers in {took.TotalMilliseconds:N0} ms.";
        return version == Version
            ? Finding.Ok(detail)
            : Finding.Warning($"{detail} This tool is {Version}.", "Use the tool of the same version: a newer service may check more than this tool understands.");
    }

    private Finding JudgeClock()
    {
        var detail = $"The server's clock is {Math.Abs(skew.TotalSeconds):N0} s {(skew < TimeSpan.Zero ? "behind" : "ahead of")} this one.";
        const string Advice = "Have both set by NTP. Receipts tell the server's time, and pushes with a token from a wrong clock are refused.";
        return skew.Duration() < SmallSkew ? Finding.Ok("The server's clock is that of this machine.")
            : skew.Duration() < LargeSkew ? Finding.Warning(detail, Advice)
            : Finding.Failed(detail, Advice);
    }

    private async Task<Finding> AskReadyAsync(CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(RouteOf("health/ready"), cancellationToken);
        return response.IsSuccessStatusCode
            ? Finding.Ok("It can do its work.")
            : Finding.Failed(
                $"It runs and cannot do its work: {(int)response.StatusCode}.",
                "Its storage does not answer or refuses it: look whether it is reachable and whether the service's identity has its roles there.");
    }

    /// <summary>What a device does: writes twice with a key of its own, reads it back and believes nothing that is not signed.</summary>
    private async Task<Finding> AppendReadAndVerifyAsync(CancellationToken cancellationToken)
    {
        using var key = new ThrowAwayKey();
        using var writer = await LogWriter.OpenAsync(client, key, Topic.Parse("doctor"), new InMemoryLogMemory(), cancellationToken);
        byte[][] entries = ["Written by remotelog doctor"u8.ToArray(), Encoding.ASCII.GetBytes($"at {time.GetUtcNow():O}")];
        List<Head> heads = [];
        var started = time.GetTimestamp();
        var reader = new LogReader(client, writer.Log, new InMemoryLogMemory());
        foreach (var entry in entries)
        {
            await writer.AppendAsync(entry, cancellationToken: cancellationToken);
            if (await reader.FindHeadAsync(cancellationToken) is { } head) heads.Add(head);
        }

        var read = new List<byte[]>();
        await foreach (var entry in reader.ReadAsync(cancellationToken: cancellationToken)) read.Add(entry.Data?.ToArray() ?? []);
        var took = time.GetElapsedTime(started);
        if (read.Count != entries.Length || read.Zip(entries).Any(pair => !pair.First.AsSpan().SequenceEqual(pair.Second)))
        {
            return Finding.Failed($"{entries.Length} entries were appended and {read.Count} read back, or others.", "The service loses what it acknowledges: look at its storage.");
        }
        if (heads.Count != entries.Length || heads.Any(head => head.Receipt is not { } receipt || !receipt.Verify(head.Log, head.Sequence, head.Link)))
        {
            return Finding.Failed("A receipt is missing or does not verify.", "Look at the service's receipt key, setting Receipts:Key.");
        }
        return heads.Select(head => head.Receipt!.Signer.Name).Distinct().ToList() is [var signer]
            ? Finding.Ok($"Appended, read back and verified two entries in {took.TotalMilliseconds:N0} ms. Receipts are by {signer}.")
            : Finding.Failed("Two receipts are by two keys.", "All instances must share one receipt key: set Receipts:Key to the same PEM for each.");
    }

    /// <summary>What only the service can see, its operator's key provided.</summary>
    private async Task<IReadOnlyList<ServiceCheckResult>> AskServiceAsync(CancellationToken cancellationToken)
    {
        if (operatorKey.Length == 0)
        {
            return [Inside(Finding.Skipped(
                "Storage, queues, quarantine and settings were not looked at from inside.", $"Set {OperatorWork.KeyVariable} to the service's setting Operator:Key."))];
        }
        try
        {
            return await new ServiceChecks(client, operatorKey).RunAsync(cancellationToken);
        }
        catch (RefusedException exception) when (exception.Problem == "operator-key-not-set")
        {
            return [Inside(Finding.Skipped("The service has no operator key, so it looks at itself for nobody.", "Give it one, setting Operator:Key."))];
        }
        catch (RefusedException exception) when (exception.Problem == "wrong-operator-key")
        {
            return [Inside(Finding.Failed("The operator key is not the service's.", $"Set {OperatorWork.KeyVariable} to the service's setting Operator:Key."))];
        }
        catch (RefusedException exception) when (exception.Problem == "not-found")
        {
            return [Inside(Finding.Skipped("The service is of a version that does not look at itself.", "Update it."))];
        }
        catch (RemoteLogException exception)
        {
            return [Inside(Explain(exception))];
        }
    }

    private static ServiceCheckResult Inside(Finding finding) => new("inside", finding.Status, finding.Detail, finding.Advice, TimeSpan.Zero);

    private Uri RouteOf(string route) => new($"{server.AbsoluteUri.TrimEnd('/')}/api/{route}");

    /// <summary>Null when this is not how RemoteLog answers.</summary>
    private static string? VersionIn(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("version", out var version)
                && root.TryGetProperty("status", out var status) && status.ValueEquals("ok")
                ? version.GetString()
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private sealed class ThrowAwayKey : ILogKey, IDisposable
    {
        private readonly SigningKey key = SigningKey.Create();

        public Owner Owner => key.Owner;

        public ValueTask<Signature> SignAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken) => new(key.Sign(text.Span));

        public void Dispose() => key.Dispose();
    }
}

/// <summary>What looking at one thing came to.</summary>
internal sealed record Finding(ServiceCheckStatus Status, string Detail, string? Advice)
{
    public static Finding Ok(string detail) => new(ServiceCheckStatus.Ok, detail, null);

    public static Finding Warning(string detail, string advice) => new(ServiceCheckStatus.Warning, detail, advice);

    public static Finding Failed(string detail, string advice) => new(ServiceCheckStatus.Failed, detail, advice);

    public static Finding Skipped(string detail, string advice) => new(ServiceCheckStatus.Skipped, detail, advice);
}
