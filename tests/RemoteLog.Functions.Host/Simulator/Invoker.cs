using System.Text;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>Calls a function by envelope (contract 3.1, 3.4; 7.15, 7.16, 7.19).</summary>
internal sealed class Invoker(Handler handler, TimeSpan functionTimeout) : IDisposable
{
    /// <summary>It follows redirects, as the host does.</summary>
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Why the invocation failed; null when it succeeded.</summary>
    /// <exception cref="HangingInvocationException">The handler answered with nothing.</exception>
    public async Task<string?> FindFaultAsync(Function function, string envelope)
    {
        using var limit = new CancellationTokenSource(functionTimeout);
        try
        {
            var process = await handler.ReadyAsync();
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{process.Port}/{function.Name}")
            {
                Content = new StringContent(envelope, Encoding.UTF8, "application/json"),
            };
            request.Headers.TransferEncodingChunked = true;
            request.Headers.TryAddWithoutValidation("User-Agent", $"Azure-Functions-Host/{SimulatedHost.Version}");
            request.Headers.TryAddWithoutValidation("X-Azure-Functions-HostVersion", SimulatedHost.Version);
            request.Headers.TryAddWithoutValidation("X-Azure-Functions-InvocationId", Guid.NewGuid().ToString());
            using var answer = await http.SendAsync(request, limit.Token);
            var body = await answer.Content.ReadAsStringAsync(limit.Token);
            return EnvelopeAnswer.FindFault((int)answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, body);
        }
        catch (HttpRequestException exception)
        {
            return exception.Message;
        }
        catch (OperationCanceledException)
        {
            // Every other call in flight dies with the process.
            await handler.KillForTimeoutAsync();
            return $"It took longer than {functionTimeout}.";
        }
    }

    public void Dispose() => http.Dispose();
}
