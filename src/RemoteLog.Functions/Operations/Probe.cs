namespace RemoteLog.Functions.Operations;

/// <summary><c>--probe</c>: asks the service that runs on this machine whether it is ready, for containers, which have no other program to ask with.</summary>
internal static class Probe
{
    public const string Argument = "--probe";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="args">The settings that the service itself was started with, if any; the environment is the same anyhow.</param>
    /// <returns>0: it is ready. 1: it is not, and standard error says what it answered.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var settings = new ConfigurationBuilder().AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables().AddCommandLine(args).Build();
        var address = BindingAddress.Parse((settings["urls"] ?? ServiceAddress.Default).Split(';')[0]);

        // It listens on all addresses of the container, this one among them.
        var ready = new Uri($"{address.Scheme}://{(address.Host is "+" or "*" or "0.0.0.0" or "[::]" ? "127.0.0.1" : address.Host)}:{address.Port}/api/health/ready");
        try
        {
            using var client = new HttpClient { Timeout = Patience };
            using var answer = await client.GetAsync(ready);
            if (answer.IsSuccessStatusCode) return 0;
            await Console.Error.WriteLineAsync($"{ready} answers {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"{ready} does not answer: {exception.Message}");
        }
        return 1;
    }
}
