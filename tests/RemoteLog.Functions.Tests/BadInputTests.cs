using System.Net;
using System.Net.Sockets;
using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Testing;
using static RemoteLog.Functions.Tests.TestService;

namespace RemoteLog.Functions.Tests;

/// <summary>Each kind of bad input has its own problem, and none of them changes anything.</summary>
public sealed class BadInputTests : IAsyncLifetime
{
    private readonly Device device = new();
    private TestService service = null!;
    private Head before = null!;

    public async ValueTask InitializeAsync()
    {
        service = await StartAsync("--Limits:EntryBytes", "1000", "--Limits:SegmentBytes", "5000", "--Limits:SegmentEntries", "10", "--Limits:UploadBytes", "20000");
        (await service.AppendAsync(device, device.Write("one", "two"))).EnsureSuccessStatusCode();
        before = (await service.FindHeadAsync(device))!;
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Equal(before, await service.FindHeadAsync(device));
        await service.DisposeAsync();
    }

    [Fact]
    public async Task A_body_that_is_no_segment_is_malformed() =>
        await AssertProblemAsync(await service.PostAsync(device.Path + "/segments", "rubbish"u8.ToArray()), 400, "malformed-body");

    [Fact]
    public async Task A_body_that_is_no_json_is_malformed() =>
        await AssertProblemAsync(await service.PostAsync(device.Path + "/segments", "{\"first\":"u8.ToArray(), "application/json"), 400, "malformed-body");

    [Theory]
    [InlineData("nobody")]
    [InlineData("zDnaeWrong")]
    [InlineData("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169")]
    public async Task An_owner_of_another_form_is_unknown(string owner)
    {
        await AssertProblemAsync(await service.PostAsync($"/api/v1/logs/{owner}/notes/segments", device.RestoreFromBackup().Write("x")), 400, "unknown-owner");
        await AssertProblemAsync(await service.GetAsync($"/api/v1/logs/{owner}/notes"), 400, "unknown-owner");
    }

    [Theory]
    [InlineData("with%20space")]
    [InlineData("caf%C3%A9")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_topic_of_another_form_is_unknown(string topic) =>
        await AssertProblemAsync(await service.GetAsync($"/api/v1/logs/{device.Log.Owner}/{topic}/entries"), 400, "unknown-topic");

    [Fact]
    public async Task A_body_over_its_limit_is_refused_before_it_is_read()
    {
        // The body never comes: only an answer given without it can arrive.
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await StatusOfRawAsync("Content-Length: 4000000000\r\n\r\n"));
    }

    [Fact]
    public async Task A_body_of_undeclared_length_is_read_no_further_than_its_limit()
    {
        // 16,384 bytes of a chunk come and its end never does.
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await StatusOfRawAsync($"Transfer-Encoding: chunked\r\n\r\nffffff\r\n{new string('x', 16_384)}"));
    }

    [Fact]
    public async Task An_entry_over_its_limit_is_to_be_uploaded() =>
        await AssertProblemAsync(
            await service.AppendAsync(device, device.RestoreFromBackup().Write(new string('x', 1001))), 413, "entry-too-large");

    [Fact]
    public async Task A_segment_over_its_limit_is_to_be_split()
    {
        var messages = Enumerable.Repeat(new string('x', 900), 6).ToArray();

        await AssertProblemAsync(await service.AppendAsync(device, device.RestoreFromBackup().Write(messages)), 413, "segment-too-large");
    }

    [Fact]
    public async Task A_segment_of_too_many_entries_is_to_be_split()
    {
        var messages = Enumerable.Repeat("x", 11).ToArray();

        await AssertProblemAsync(await service.AppendAsync(device, device.RestoreFromBackup().Write(messages)), 413, "segment-too-large");
    }

    [Fact]
    public async Task Entries_are_numbered_from_one()
    {
        var segment = Segment.Write(device.Log, 0, [Entry.Embedded("x"u8.ToArray())], default);

        await AssertProblemAsync(await service.AppendAsync(device, segment), 400, "first-is-zero");
    }

    [Fact]
    public async Task A_segment_holds_at_least_one_entry() =>
        await AssertProblemAsync(await service.AppendAsync(device, Segment.Write(device.Log, 3, [], default)), 400, "empty-segment");

    [Fact]
    public async Task A_signature_that_is_not_the_owners_is_refused()
    {
        var forged = Segment.Write(device.Log, 3, [Entry.Embedded("x"u8.ToArray())], SigningKey.Create().Sign("anything"u8));

        await AssertProblemAsync(await service.AppendAsync(device, forged), 403, "bad-signature");
    }

    [Fact]
    public async Task A_changed_byte_of_data_is_a_bad_signature()
    {
        var segment = device.RestoreFromBackup().Write("an honest message");
        segment[segment.AsSpan().IndexOf("honest"u8)] ^= 1;

        await AssertProblemAsync(await service.AppendAsync(device, segment), 403, "bad-signature");
    }

    [Fact]
    public async Task A_segment_of_another_log_than_the_route_is_refused() =>
        await AssertProblemAsync(await service.PostAsync(device.Path + "/segments", new Device().Write("x")), 400, "wrong-log");

    [Fact]
    public async Task A_segment_past_the_head_is_told_where_the_head_is()
    {
        var ahead = device.RestoreFromBackup();
        ahead.Write("three");

        var problem = await AssertProblemAsync(await service.AppendAsync(device, ahead.Write("four")), 409, "gap");

        Assert.True(Json.TryRead(MessageKind.Head, problem.GetProperty("head").GetRawText(), out var bytes));
        Assert.True(Head.TryParse(bytes, out var head));
        Assert.Equal(before, head);
    }

    [Fact]
    public async Task A_segment_past_the_start_of_an_empty_log_is_told_that_it_is_empty()
    {
        var stranger = new Device();
        stranger.Write("one");

        var problem = await AssertProblemAsync(await service.AppendAsync(stranger, stranger.Write("two")), 409, "gap");

        Assert.Equal(System.Text.Json.JsonValueKind.Null, problem.GetProperty("head").ValueKind);
        Assert.Null(await service.FindHeadAsync(stranger));
    }

    [Fact]
    public async Task A_second_history_is_refused_with_both_checkpoints()
    {
        var restored = new Device();
        (await service.AppendAsync(restored, restored.Write("one"))).EnsureSuccessStatusCode();
        var backup = restored.RestoreFromBackup();
        (await service.AppendAsync(restored, restored.Write("two"))).EnsureSuccessStatusCode();

        var problem = await AssertProblemAsync(await service.AppendAsync(backup, backup.Write("another two")), 409, "fork");

        var kept = CheckpointIn(problem, "kept");
        var refused = CheckpointIn(problem, "refused");
        Assert.True(kept.Verify() && refused.Verify());
        Assert.Equal((kept.Sequence, refused.Sequence), (2, 2));
        Assert.Equal(restored.Link, kept.Link);
        Assert.Equal(backup.Link, refused.Link);
        Assert.Equal(restored.Link, (await service.FindHeadAsync(restored))!.Link);
    }

    [Fact]
    public async Task Content_that_nobody_stored_is_unknown()
    {
        var address = Cid.Of("nobody stored this"u8);

        await AssertProblemAsync(await service.GetAsync($"/api/v1/content/{address}"), 404, "unknown-content");
    }

    [Fact]
    public async Task An_entry_must_name_content_that_is_stored()
    {
        var digest = Digest.Of("not uploaded"u8);
        var entry = Entry.At(new Cid(CidKind.Sha256, digest), digest, 12);

        await AssertProblemAsync(await service.AppendAsync(device, device.RestoreFromBackup().Write(entry)), 422, "unknown-content");
    }

    [Fact]
    public async Task A_content_address_of_another_form_is_refused() =>
        await AssertProblemAsync(await service.GetAsync("/api/v1/content/QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR"), 400, "invalid-address");

    [Fact]
    public async Task Content_must_hash_to_its_address()
    {
        var address = Cid.Of("this"u8);

        await AssertProblemAsync(await service.Http.PutAsync($"/api/v1/content/{address}", new ByteArrayContent("that"u8.ToArray())), 422, "wrong-address");
        await AssertProblemAsync(await service.GetAsync($"/api/v1/content/{address}"), 404, "unknown-content");
    }

    [Fact]
    public async Task An_upload_over_its_limit_is_refused()
    {
        var content = new byte[20_001];

        await AssertProblemAsync(await service.Http.PutAsync($"/api/v1/content/{Cid.Of(content)}", new ByteArrayContent(content)), 413, "body-too-large");
    }

    [Fact]
    public async Task A_wrong_method_is_told_the_right_ones()
    {
        var response = await service.SendAsync(HttpMethod.Delete, device.Path);

        await AssertProblemAsync(response, 405, "method-not-allowed");
        Assert.Contains("GET", response.Content.Headers.Allow);
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_is_not_found() => await AssertProblemAsync(await service.GetAsync("/api/v2/logs"), 404, "not-found");

    [Fact]
    public async Task A_body_of_another_type_is_unsupported() =>
        await AssertProblemAsync(
            await service.PostAsync(device.Path + "/segments", device.RestoreFromBackup().Write("x"), "text/plain"), 415, "unsupported-content-type");

    [Fact]
    public async Task An_answer_in_another_type_is_not_to_be_had() =>
        await AssertProblemAsync(await service.GetAsync(device.Path, ("Accept", "text/html")), 406, "not-acceptable");

    [Theory]
    [InlineData("bytes=4-")]
    [InlineData("bytes=9-12")]
    [InlineData("bytes=-0")]
    public async Task A_range_that_does_not_exist_cannot_be_satisfied(string range)
    {
        var address = Cid.Of("data"u8);
        (await service.Http.PutAsync($"/api/v1/content/{address}", new ByteArrayContent("data"u8.ToArray()))).EnsureSuccessStatusCode();

        var response = await service.GetAsync($"/api/v1/content/{address}", ("Range", range));

        await AssertProblemAsync(response, 416, "range-not-satisfiable");
        Assert.Equal(4, response.Content.Headers.ContentRange?.Length);
    }

    [Theory]
    [InlineData("entries?after=-1")]
    [InlineData("entries?after=many")]
    [InlineData("entries?after=1&after=2")]
    [InlineData("entries?after=99999999999999999999")]
    [InlineData("pages?after=x")]
    [InlineData("?wait=soon")]
    public async Task A_parameter_that_is_no_number_is_refused(string query) =>
        await AssertProblemAsync(await service.GetAsync($"{device.Path}/{query}".Replace("/?", "?", StringComparison.Ordinal)), 400, "invalid-parameter");

    [Theory]
    [InlineData("")]
    [InlineData("/entries")]
    [InlineData("/pages")]
    public async Task A_log_that_was_never_written_is_unknown(string route) =>
        await AssertProblemAsync(await service.GetAsync(new Device().Path + route), 404, "unknown-log");

    private static Checkpoint CheckpointIn(System.Text.Json.JsonElement problem, string name)
    {
        Assert.True(Json.TryRead(MessageKind.Checkpoint, problem.GetProperty(name).GetRawText(), out var bytes));
        Assert.True(Checkpoint.TryParse(bytes, out var checkpoint));
        return checkpoint;
    }

    private async Task<string?> StatusOfRawAsync(string rest)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, service.Http.BaseAddress!.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST {device.Path}/segments HTTP/1.1\r\nHost: x\r\nContent-Type: {Protobuf}\r\n{rest}"));
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync();
    }
}
