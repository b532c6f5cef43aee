using System.Net;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>The service by itself, without the Functions host, told nothing but where the storage emulator is.</summary>
public sealed class AzureTests : IAsyncLifetime
{
    private AzuriteProcess azurite = null!;

    public async ValueTask InitializeAsync() => azurite = await AzuriteProcess.StartAsync();

    public ValueTask DisposeAsync() => azurite.DisposeAsync();

    [Fact]
    public async Task It_works_off_its_own_jobs_and_another_finds_everything_there()
    {
        var device = new Device();
        await using (var service = await StartAsync())
        {
            for (var n = 1; n <= 4; n++) Assert.Equal(HttpStatusCode.OK, (await service.AppendAsync(device, device.Write($"{n}"))).StatusCode);
            while (await service.FindHeadAsync(device) is not { Sealed: 4 })
            {
                var known = await service.GetAsync(device.Path);
                await service.GetAsync($"{device.Path}?wait=5", ("If-None-Match", $"{known.Headers.ETag}"));
            }
        }

        await using var next = await StartAsync();
        var head = await next.FindHeadAsync(device);
        Assert.Equal((4, device.Link), (head!.Sequence, head.Link));
        Assert.Equal(HttpStatusCode.OK, (await next.GetAsync($"/api/v1/content/{head.Page}")).StatusCode);
    }

    private Task<TestService> StartAsync() => TestService.StartAsync(
        "--Storage:Accounts", azurite.ConnectionString, "--Pages:Entries", "4", "--Wait:PollSeconds", "1", "--Triggers:PollMilliseconds", "50");
}
