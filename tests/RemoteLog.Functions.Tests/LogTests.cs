using System.Net;
using System.Text;
using System.Text.Json;
using RemoteLog.Protocol;
using RemoteLog.Testing;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

/// <summary>Appending and reading over HTTP.</summary>
public sealed class LogTests : IAsyncLifetime
{
    private readonly Device device = new();
    private TestService service = null!;

    public async ValueTask InitializeAsync() => service = await StartAsync("--Pages:Entries", "16");

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task An_append_is_answered_with_the_new_head_and_a_receipt()
    {
        var response = await service.AppendAsync(device, device.Write("one", "two"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(Head.TryParse(await response.Content.ReadAsByteArrayAsync(), out var head));
        Assert.Equal((2, device.Link), (head.Sequence, head.Link));
        Assert.True(head.Checkpoint.Verify());
        Assert.True(head.Receipt!.Verify(device.Log, 2, device.Link));
        Assert.Equal(head, await service.FindHeadAsync(device));
    }

    [Fact]
    public async Task A_head_that_a_reader_has_is_not_sent_again()
    {
        var appended = await service.AppendAsync(device, device.Write("one"));
        var tag = appended.Headers.ETag!.Tag;

        var response = await service.GetAsync(device.Path, ("Accept", Protobuf), ("If-None-Match", tag));

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
        Assert.Equal(tag, response.Headers.ETag!.Tag);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Each_append_and_each_format_has_a_tag_of_its_own()
    {
        await service.AppendAsync(device, device.Write("one"));
        var first = (await service.GetAsync(device.Path, ("Accept", Protobuf))).Headers.ETag;
        var json = (await service.GetAsync(device.Path, ("Accept", "application/json"))).Headers.ETag;
        await service.AppendAsync(device, device.Write("two"));
        var second = (await service.GetAsync(device.Path, ("Accept", Protobuf))).Headers.ETag;

        Assert.Equal(3, new[] { first, json, second }.Distinct().Count());
        Assert.DoesNotContain(new[] { first, json, second }, tag => tag!.IsWeak);
    }

    [Fact]
    public async Task Whoever_waits_is_answered_by_the_next_append()
    {
        var tag = (await service.AppendAsync(device, device.Write("one"))).Headers.ETag!.Tag;
        var waiting = service.GetAsync($"{device.Path}?wait=60", ("Accept", Protobuf), ("If-None-Match", tag));

        await service.AppendAsync(device, device.Write("two"));

        Assert.True(Head.TryParse(await (await waiting).Content.ReadAsByteArrayAsync(), out var head));
        Assert.Equal(2, head.Sequence);
    }

    [Fact]
    public async Task A_wait_ends_with_nothing_new_when_its_time_is_up()
    {
        await using var impatient = await StartAsync("--Wait:Seconds", "1");
        var tag = (await impatient.AppendAsync(device, device.Write("one"))).Headers.ETag!.Tag;

        var response = await impatient.GetAsync($"{device.Path}?wait=9999", ("Accept", Protobuf), ("If-None-Match", tag));

        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
    }

    [Fact]
    public async Task Entries_come_in_one_stream_from_pages_and_tail()
    {
        for (var i = 0; i < 40; i++) await service.AppendAsync(device, device.Write($"message {i + 1}"));
        await IsSealedAsync(32);

        var pages = await service.ReadAsync(device, after: 20);

        Assert.Equal([(17, 32), (33, 40)], pages.Select(page => ((int)page.First, (int)page.Last)));
        Assert.Equal(pages[0].Link, pages[1].Before);
        Assert.Equal("message 40", Encoding.UTF8.GetString(pages[^1].Entries[^1].Data!.Value.Span));
    }

    [Fact]
    public async Task Whoever_has_everything_gets_nothing()
    {
        await service.AppendAsync(device, device.Write("one"));

        Assert.Empty(await service.ReadAsync(device, after: 1));
        Assert.Empty(await service.ReadAsync(device, after: 1000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Catching_up_takes_at_most_a_quarter_more_bytes_than_the_messages_have(int segmentSize)
    {
        var message = new string('x', 256);
        var messages = Enumerable.Repeat(message, segmentSize).ToArray();
        await using var standard = await StartAsync();
        for (var i = 0; i < 1000; i += segmentSize) (await standard.AppendAsync(device, device.Write(messages))).EnsureSuccessStatusCode();

        var bytes = await standard.Http.GetByteArrayAsync($"{device.Path}/entries");
        var protobuf = await (await standard.GetAsync($"{device.Path}/entries", ("Accept", Protobuf))).Content.ReadAsByteArrayAsync();

        Assert.InRange(protobuf.Length, 256_000, 320_000);
        Assert.True(bytes.Length > protobuf.Length);
    }

    [Fact]
    public async Task The_page_index_leads_to_immutable_pages()
    {
        for (var i = 0; i < 35; i++) await service.AppendAsync(device, device.Write($"{i}"));
        await IsSealedAsync(32);

        Assert.True(PageIndex.TryParse(
            await (await service.GetAsync($"{device.Path}/pages", ("Accept", Protobuf))).Content.ReadAsByteArrayAsync(), out var index));
        Assert.Equal([(1, 16), (17, 32)], index.Pages.Select(page => ((int)page.First, (int)page.Last)));
        Assert.False(index.More);
        foreach (var page in index.Pages)
        {
            var response = await service.GetAsync($"/api/v1/content/{page.Address}");
            var bytes = await response.Content.ReadAsByteArrayAsync();
            Assert.Equal(page.Address, Cid.Of(bytes));
            Assert.Equal(page.Size, bytes.Length);
            Assert.Contains("immutable", response.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_segment_in_json_is_appended_like_any_other()
    {
        var segment = device.Write("one", "two");
        var json = Json.From(MessageKind.Segment, segment);

        var response = await service.PostAsync(device.Path + "/segments", Encoding.UTF8.GetBytes(json), "application/json; charset=utf-8");

        var head = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal("2", head.GetProperty("sequence").GetString());
        Assert.Equal(Convert.ToBase64String(device.Link.Span), head.GetProperty("link").GetString());
        Assert.Equal(2, (await service.FindHeadAsync(device))!.Sequence);
    }

    [Fact]
    public async Task Entries_in_json_are_one_array_of_the_same_messages()
    {
        for (var i = 0; i < 20; i++) await service.AppendAsync(device, device.Write($"message {i + 1}"));
        await IsSealedAsync(16);

        var text = await service.Http.GetStringAsync($"{device.Path}/entries");

        var messages = JsonDocument.Parse(text).RootElement.EnumerateArray().ToList();
        Assert.Equal(["16", "20"], messages.Select(message => message.GetProperty("sequence").GetString()));
        Assert.Equal("message 20", Encoding.UTF8.GetString(messages[1].GetProperty("pair")[0].GetProperty("data").GetBytesFromBase64()));
        Assert.Equal("[]", (await service.Http.GetStringAsync($"{device.Path}/entries?after=20")).Trim());
    }

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/x-protobuf", Protobuf)]
    [InlineData("application/json;q=0.5, application/x-protobuf", Protobuf)]
    [InlineData("text/html, application/json;q=0.9, */*;q=0.1", "application/json")]
    public async Task The_answer_comes_in_the_type_that_is_wanted_most(string? accept, string type)
    {
        await service.AppendAsync(device, device.Write("one"));

        var response = await (accept is null ? service.GetAsync(device.Path) : service.GetAsync(device.Path, ("Accept", accept)));

        Assert.Equal(type, response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("Accept", response.Headers.Vary);
    }

    [Fact]
    public async Task A_log_without_forks_has_an_empty_list_and_a_fork_is_public_evidence()
    {
        await service.AppendAsync(device, device.Write("one"));
        var backup = device.RestoreFromBackup();
        await service.AppendAsync(device, device.Write("two"));
        Assert.Empty(await ForksAsync());

        await service.AppendAsync(backup, backup.Write("another two"));

        Assert.True(Assert.Single(await ForksAsync()).Verify());
    }

    [Fact]
    public async Task A_large_entry_lies_on_its_own_and_is_fetched_by_its_address()
    {
        var data = new byte[300_000];
        new Random(1).NextBytes(data);
        await service.AppendAsync(device, device.Write(Entry.Embedded(data)));

        var entry = (await service.ReadAsync(device)).Single().Entries.Single();

        Assert.Null(entry.Data);
        Assert.Equal(data, await service.Http.GetByteArrayAsync($"/api/v1/content/{entry.Address}"));
    }

    [Fact]
    public async Task A_receipt_key_stays_the_same_from_start_to_start()
    {
        using var folder = new TemporaryFolder();
        List<Owner> signers = [];
        for (var i = 0; i < 2; i++)
        {
            await using var app = RemoteLogApp.Build(["--urls", "http://127.0.0.1:0", "--Data:Folder", folder.Path, "--Logging:LogLevel:Default", "Warning"]);
            await app.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            var answer = await http.PostAsync(device.Path + "/segments", new ByteArrayContent(device.Write("x")) { Headers = { ContentType = new(Protobuf) } });
            Assert.True(Head.TryParse(await answer.Content.ReadAsByteArrayAsync(), out var head));
            signers.Add(head.Receipt!.Signer);
            await app.StopAsync();
        }

        Assert.Equal(signers[0], signers[1]);
    }

    private async Task<IReadOnlyList<Fork>> ForksAsync()
    {
        Assert.True(ForkList.TryParse(
            await (await service.GetAsync($"{device.Path}/forks", ("Accept", Protobuf))).Content.ReadAsByteArrayAsync(), out var forks));
        return forks;
    }

    /// <summary>Waits, by the API's own means, until so much is sealed.</summary>
    private async Task IsSealedAsync(long sequence)
    {
        for (var tag = "\"\""; ;)
        {
            var response = await service.GetAsync($"{device.Path}?wait=60", ("Accept", Protobuf), ("If-None-Match", tag));
            Assert.True(Head.TryParse(await response.Content.ReadAsByteArrayAsync(), out var head));
            if (head.Sealed >= sequence) return;
            tag = response.Headers.ETag!.Tag;
        }
    }
}
