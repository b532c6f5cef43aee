using RemoteLog.Functions;
using RemoteLog.Testing;

namespace RemoteLog.Infra.Tests;

/// <summary>What the image's health check runs.</summary>
public sealed class ProbeTests
{
    [Fact]
    public async Task It_tells_whether_the_service_is_ready()
    {
        using var folder = new TemporaryFolder();
        string address;
        await using (var app = RemoteLogApp.Build(["--urls", "http://127.0.0.1:0", "--Data:Folder", folder.Path, "--Logging:LogLevel:Default", "Warning"]))
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            address = app.Urls.Single();

            // As the image says it: on all addresses.
            var ready = await ProbeAsync(address.Replace("127.0.0.1", "0.0.0.0", StringComparison.Ordinal));

            Assert.True(ready.ExitCode == 0, ready.Error);
        }

        var gone = await ProbeAsync(address);

        Assert.Equal(1, gone.ExitCode);
        Assert.Contains("/api/health/ready does not answer", gone.Error, StringComparison.Ordinal);
    }

    private static Task<Outcome> ProbeAsync(string urls) => Repository.RunAsync(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "RemoteLog.Functions.dll"), "--probe"], new Dictionary<string, string?> { ["ASPNETCORE_URLS"] = urls });
}
