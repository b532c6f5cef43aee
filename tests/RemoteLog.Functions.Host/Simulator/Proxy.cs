using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>Passes one HTTP call on to the handler and its answer back (contract 1.3, 1.4; 7.9 to 7.14).</summary>
internal sealed class Proxy(Handler handler, TimeSpan activityTimeout) : IDisposable
{
    /// <summary>Contract 7.10.</summary>
    public const long MaxBodyBytes = 104_857_600;

    /// <summary>Contract 7.14.</summary>
    private const int Attempts = 10;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Headers of one hop, which stay with it.</summary>
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization", "Proxy-Features",
        "Proxy-Instruction", "Security-Scheme", "ALPN", "Close", "HTTP2-Settings", "Upgrade-Insecure-Requests", "TE", "Transfer-Encoding", "Upgrade", "Alt-Svc",
    };

    /// <summary>Redirects, compression and cookies are between the client and the handler.</summary>
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
    });

    public async Task ForwardAsync(HttpContext context)
    {
        if (context.Request.ContentLength > MaxBodyBytes)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        // A client that leaves aborts the call to the handler, and so does silence.
        using var activity = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        void Active() => activity.CancelAfter(activityTimeout);
        Active();
        try
        {
            // The binding reads any body of declared length before the function runs; a chunked one is passed on as it comes.
            var body = context.Request.Body;
            if (context.Request.ContentLength > 0)
            {
                body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body, activity.Token);
                body.Position = 0;
            }

            using var answer = await SendAsync(context, body, Active, activity.Token);
            await AnswerAsync(context.Response, answer, Active, activity.Token);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            if (context.Response.HasStarted) context.Abort();
            else context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>A call that never got through is made again, unless its body has been read meanwhile.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpContext context, Stream body, Action active, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            var process = await handler.ReadyAsync().WaitAsync(cancellationToken);
            var content = HasBody(context) ? new ProxiedBody(body, active) : null;
            using var request = Request(context, content, process.Port);
            try
            {
                return await http.SendAsync(request, cancellationToken);
            }
            catch (HttpRequestException) when (attempt < Attempts && content is not { WasRead: true })
            {
                await Task.Delay(pause, cancellationToken);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>()!.CanHaveBody;

    private static HttpRequestMessage Request(HttpContext context, ProxiedBody? body, int port)
    {
        var incoming = context.Request;
        var request = new HttpRequestMessage(new HttpMethod(incoming.Method), $"http://127.0.0.1:{port}{Path(incoming.Path)}{incoming.QueryString}")
        {
            Content = body,
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var invocation = Guid.NewGuid().ToString();
        foreach (var (name, values) in incoming.Headers)
        {
            if (HopByHop.Contains(name) || name.Equals("Host", StringComparison.OrdinalIgnoreCase)) continue;
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) body?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        Set("X-Azure-Functions-InvocationId", invocation);
        Set("x-ms-invocation-id", invocation);
        Set("X-Azure-Functions-HostVersion", SimulatedHost.Version);
        Set("X-Forwarded-For", context.Connection.RemoteIpAddress!.ToString());
        Set("X-Forwarded-Host", incoming.Host.Value);
        Set("X-Forwarded-Proto", incoming.Scheme);
        return request;

        void Set(string name, string? value)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
    }

    /// <summary>The path is decoded and encoded again: its %2F, which decoding leaves as it is, comes out as %252F.</summary>
    private static string Path(PathString path)
    {
        var encoded = new StringBuilder();
        foreach (var unit in Encoding.UTF8.GetBytes(path.Value!))
        {
            if (char.IsAsciiLetterOrDigit((char)unit) || "/-._~:@!$&'()*+,;=".Contains((char)unit, StringComparison.Ordinal)) encoded.Append((char)unit);
            else encoded.Append('%').Append(unit.ToString("X2"));
        }
        return encoded.ToString();
    }

    /// <summary>Each part goes on as it comes.</summary>
    private static async Task AnswerAsync(HttpResponse response, HttpResponseMessage answer, Action active, CancellationToken cancellationToken)
    {
        response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (!HopByHop.Contains(name)) response.Headers[name] = new StringValues([.. values]);
        }

        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[64 * 1024];
        while (await body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            active();
            await response.Body.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            await response.Body.FlushAsync(cancellationToken);
        }
        foreach (var (name, values) in answer.TrailingHeaders.NonValidated)
        {
            if (response.SupportsTrailers()) response.AppendTrailer(name, new StringValues([.. values]));
        }
    }
}
