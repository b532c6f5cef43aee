using RemoteLog.Protocol;
using RemoteLog.Server;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Operations are what storage costs and what limits it, so their number is as much of a promise as anything.</summary>
public sealed class CostTests(Azurite azurite)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_append_costs_one_transaction_and_a_message_where_it_fills_a_page()
    {
        var (server, _, count) = await OpenAsync(new PageOptions { Entries = 3 });
        var device = new Device();
        await server.WriteAsync(device, "1");

        var steady = await count.OfAsync(() => server.WriteAsync(device, "2"));
        var filling = await count.OfAsync(() => server.WriteAsync(device, "3"));

        Assert.Equal(["table POST"], steady);
        Assert.Equal(["table POST", "queue POST"], filling);
    }

    [Fact]
    public async Task The_first_append_of_a_log_costs_a_read_more()
    {
        var (server, _, count) = await OpenAsync();

        var first = await count.OfAsync(() => server.WriteAsync(new Device(), "1"));

        Assert.Equal(["table GET", "table POST"], first);
    }

    [Fact]
    public async Task Catching_up_with_the_tail_costs_one_query()
    {
        var (server, _, count) = await OpenAsync();
        var device = new Device();
        for (var i = 0; i < 100; i++) await server.WriteAsync(device, $"{i}");

        var whole = await count.OfAsync(() => server.ReadAsync(device, after: 0));
        var some = await count.OfAsync(() => server.ReadAsync(device, after: 97));
        var none = await count.OfAsync(() => server.ReadAsync(device, after: 100));

        Assert.All([whole, some, none], operations => Assert.Equal(["table GET"], operations));
    }

    [Fact]
    public async Task Looking_at_a_head_costs_one_read()
    {
        var (server, storage, count) = await OpenAsync();
        var device = new Device();
        await server.WriteAsync(device, "1");

        var operations = await count.OfAsync(async () => Assert.NotNull(await storage.Storage.Names.FindHeadAsync(device.Log, Ct)));

        Assert.Equal(["table GET"], operations);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(256)]
    public async Task Sealing_a_page_costs_a_query_a_blob_and_a_transaction_however_many_segments_it_replaces(int segments)
    {
        var (server, storage, count) = await OpenAsync(new PageOptions { Entries = segments });
        var device = new Device();
        for (var i = 0; i < segments; i++) await server.WriteAsync(device, $"{i}");

        var operations = await count.OfAsync(async () => await server.Sealer.SealAsync(device.Log, Ct));

        Assert.Equal(["table GET", "blob PUT", "table POST"], operations);
        Assert.Equal(segments, (await storage.Storage.Names.FindHeadAsync(device.Log, Ct))!.Head.Sealed);
    }

    [Fact]
    public async Task Appending_after_a_seal_costs_no_more_than_before()
    {
        var (server, _, count) = await OpenAsync(new PageOptions { Entries = 256 });
        var device = new Device();
        for (var i = 0; i < 256; i++) await server.WriteAsync(device, $"{i}");
        await server.Sealer.SealAsync(device.Log, Ct);

        for (var i = 0; i < 4; i++) Assert.Equal(["table POST"], await count.OfAsync(() => server.WriteAsync(device, $"after {i}")));
    }

    [Fact]
    public async Task An_append_that_wakes_devices_costs_one_message_a_window_more()
    {
        var (server, _, count) = await OpenAsync(push: new PushSetup(new PushOffer(string.Empty, ["webhook"]), _ => null));
        var device = new Device();

        var first = await count.OfAsync(() => server.WriteAsync(device, "1"));
        var second = await count.OfAsync(() => server.WriteAsync(device, "2"));

        Assert.Equal(["table GET", "queue POST", "table POST"], first);
        Assert.Equal(["table POST"], second);
    }

    [Fact]
    public async Task Noting_down_news_costs_a_read_a_message_and_a_change_for_each_follower()
    {
        var (_, storage, count) = await OpenAsync();
        var devices = storage.Storage.Devices;
        Digest[] ids = [.. Enumerable.Range(0, 10).Select(i => Digest.Of([(byte)i]))];
        var state = new DeviceState { Number = 1, Statement = "", SeenAt = A.Moment, LookAt = A.Moment };
        await devices.TryReplaceAsync([.. ids.Select(id => new DeviceChange(id, null, state))], Ct);

        IReadOnlyList<StoredDevice?> stored = [];
        var reading = await count.OfAsync(async () => stored = await devices.FindAsync(ids, Ct));
        var changing = await count.OfAsync(async () =>
            await devices.TryReplaceAsync([.. ids.Select((id, i) => new DeviceChange(id, stored[i], state with { Number = 2 }))], Ct));

        Assert.Equal(Enumerable.Repeat("table GET", 10), reading);
        Assert.Equal(Enumerable.Repeat("table PATCH", 10), changing);
    }

    private async Task<(ServerOnAzure Server, AzureStorage Storage, OperationCount Count)> OpenAsync(PageOptions? pages = null, PushSetup? push = null)
    {
        var options = await azurite.NewOptionsAsync();
        var storage = await azurite.OpenAsync(options, transport: null, time: null);
        return (new ServerOnAzure(storage.Storage, pages, push), storage, new OperationCount(options.Prefix));
    }
}
