using System.Text;
using System.Text.Json;
using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Cli.Tests;

/// <summary>Writing and reading, against the real app.</summary>
public sealed class LogTests : IAsyncLifetime
{
    private Service service = null!;
    private Shell alice = null!;
    private string owner = null!;

    public async ValueTask InitializeAsync()
    {
        service = await Service.StartAsync();
        alice = new Shell(service.Address);
        owner = await alice.SucceedAsync("keys", "new");
    }

    [Fact]
    public async Task What_was_appended_is_printed_a_line_each()
    {
        var appended = await alice.RunAsync("append", "notes", "Hello", "World");

        Assert.Equal((ExitCode.Ok, ""), (appended.Code, appended.Text));
        Assert.Equal($"Appended 2 entries: {owner}/notes ends with entry 2 now.", appended.Error.TrimEnd());
        Assert.Equal("Hello\nWorld", await alice.SucceedAsync("cat", "notes"));
    }

    [Fact]
    public async Task The_first_append_makes_the_usual_key()
    {
        using var newcomer = new Shell(service.Address);

        var appended = await newcomer.RunAsync("append", "notes", "Hello");

        Assert.Equal(ExitCode.Ok, appended.Code);
        Assert.Contains("Made your key", appended.Error);
        Assert.Equal("Hello", await newcomer.SucceedAsync("cat", "notes"));
    }

    [Fact]
    public async Task A_key_that_was_named_must_exist()
    {
        var outcome = await alice.RunAsync("append", "notes", "Hello", "--key", "mistyped");

        Assert.Equal(ExitCode.NotFound, outcome.Code);
    }

    [Fact]
    public async Task Somebody_else_reads_it_by_its_full_name_without_a_key()
    {
        await alice.SucceedAsync("append", "notes", "Hello");
        using var bob = new Shell(service.Address);

        Assert.Equal("Hello", await bob.SucceedAsync("cat", $"{owner}/notes"));
    }

    [Fact]
    public async Task Lines_of_redirected_input_become_entries_as_they_are()
    {
        await alice.RunAsync(["append", "notes"], "one\ntwo\r\n\n\u00fc\nlast"u8.ToArray());

        Assert.Equal("one\ntwo\n\n\u00fc\nlast", await alice.SucceedAsync("cat", "notes"));
    }

    [Fact]
    public async Task Many_lines_are_few_segments()
    {
        var lines = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 10_000).Select(i => $"line {i}\n")));

        var outcome = await alice.RunAsync(["append", "notes", "--lines", "--json"], lines);

        Assert.Equal(10_000, Json(outcome.Text).GetProperty("appended").GetInt64());
        Assert.Equal("line 9999\nline 10000", await alice.SucceedAsync("tail", "notes", "-n", "2"));
    }

    [Fact]
    public async Task Input_is_left_alone_when_text_is_given()
    {
        await alice.RunAsync(["append", "notes", "text"], "not this\n"u8.ToArray());

        Assert.Equal("text", await alice.SucceedAsync("cat", "notes"));
    }

    [Fact]
    public async Task Files_of_any_size_become_entries()
    {
        using var folder = new TemporaryFolder();
        var (small, large) = (Path.Combine(folder.Path, "small"), Path.Combine(folder.Path, "large"));
        var bytes = new byte[3 * 1024 * 1024];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(small, [0, 1, 2, 255]);
        File.WriteAllBytes(large, bytes);

        await alice.SucceedAsync("append", "files", "--file", small, large);
        var read = await alice.RunAsync("cat", "files");

        Assert.Equal([0, 1, 2, 255, (byte)'\n', .. bytes, (byte)'\n'], read.Data);
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        var outcome = await alice.RunAsync("append", "files", "--file", "/no/such/file");

        Assert.Equal(ExitCode.Failed, outcome.Code);
        Assert.Contains("/no/such/file", outcome.Error);
    }

    [Fact]
    public async Task Reading_can_begin_in_the_middle()
    {
        await alice.SucceedAsync("append", "notes", "one", "two", "three");

        Assert.Equal("three", await alice.SucceedAsync("cat", "notes", "--after", "2"));
        Assert.Equal("two\nthree", await alice.SucceedAsync("tail", "notes", "--lines", "2"));
    }

    [Fact]
    public async Task A_script_gets_an_object_for_each_entry()
    {
        using var folder = new TemporaryFolder();
        var binary = Path.Combine(folder.Path, "binary");
        File.WriteAllBytes(binary, [0xff, 0xfe]);
        await alice.SucceedAsync("append", "notes", "say \"hi\"");
        await alice.SucceedAsync("append", "notes", "--file", binary);

        var lines = (await alice.RunAsync("cat", "notes", "--json")).Lines;

        var (text, data) = (Json(lines[0]), Json(lines[1]));
        Assert.Equal(
            (1, "say \"hi\"", 8),
            (text.GetProperty("sequence").GetInt64(), text.GetProperty("text").GetString(), text.GetProperty("size").GetInt64()));
        Assert.Equal(64, text.GetProperty("id").GetString()!.Length);
        Assert.Equal([0xff, 0xfe], data.GetProperty("data").GetBytesFromBase64());
        Assert.False(data.TryGetProperty("text", out _));
    }

    [Fact]
    public async Task A_head_says_where_the_log_stands()
    {
        await alice.SucceedAsync("append", "notes", "one", "two");

        var words = (await alice.RunAsync("head", "notes")).Lines;
        var json = Json(await alice.SucceedAsync("head", "notes", "--json"));

        Assert.Contains("sequence  2", words);
        Assert.Contains($"log       {owner}/notes", words);
        Assert.Contains(words, line => line.StartsWith("receipt   by zDn", StringComparison.Ordinal));
        Assert.Equal(
            (2, 6, true),
            (json.GetProperty("sequence").GetInt64(), json.GetProperty("bytes").GetInt64(), json.GetProperty("receiptHolds").GetBoolean()));
    }

    [Fact]
    public async Task Verifying_reports_what_was_checked()
    {
        await alice.SucceedAsync("append", "notes", "one", "two");

        var words = await alice.SucceedAsync("verify", "notes");
        var json = Json(await alice.SucceedAsync("verify", "notes", "--json"));

        Assert.Contains("2 entries, 6 bytes", words);
        Assert.Contains("in one history", words);
        Assert.Equal((2, 1, 0), (
            json.GetProperty("entries").GetInt64(), json.GetProperty("signatureChecks").GetInt64(), json.GetProperty("forks").GetInt64()));
    }

    [Fact]
    public async Task A_follower_prints_what_comes_until_it_is_cancelled()
    {
        await alice.SucceedAsync("append", "notes", "one");
        using var cancel = new CancellationTokenSource();
        using var output = new AwaitedStream();

        var following = alice.RunAsync(["tail", "-f", "notes"], input: null, output, cancellationToken: cancel.Token);
        await output.UntilAsync("one\n");
        await alice.SucceedAsync("append", "notes", "two");
        await output.UntilAsync("one\ntwo\n");
        await cancel.CancelAsync();

        Assert.Equal(ExitCode.Cancelled, (await following).Code);
    }

    [Theory]
    [InlineData("cat")]
    [InlineData("head")]
    [InlineData("tail")]
    [InlineData("verify")]
    public async Task A_log_that_was_never_written_is_not_found(string command)
    {
        var outcome = await alice.RunAsync(command, "nothing");

        Assert.Equal((ExitCode.NotFound, ""), (outcome.Code, outcome.Text));
        Assert.Contains("no ", outcome.Error);
    }

    [Fact]
    public async Task What_the_server_refuses_is_told_in_its_words()
    {
        await using var strict = await Service.StartAsync("--Limits:EntryBytes", "10");
        using var shell = new Shell(strict.Address);
        await shell.SucceedAsync("keys", "new");

        var outcome = await shell.RunAsync("append", "notes", "more than ten bytes");

        Assert.Equal(ExitCode.Refused, outcome.Code);
        Assert.Contains("entry-too-large", outcome.Error);
        Assert.Contains("At most 10 bytes", outcome.Error);
    }

    [Fact]
    public async Task A_server_that_went_back_is_caught()
    {
        await alice.SucceedAsync("append", "notes", "one");
        await using var other = await Service.StartAsync();
        using var elsewhere = new Shell(other.Address);
        CopyKey(alice, elsewhere);
        await elsewhere.SucceedAsync("append", "notes", "one");
        await alice.SucceedAsync("append", "notes", "two");

        alice.Server = other.Address;
        var outcome = await alice.RunAsync("cat", "notes");

        Assert.Equal(ExitCode.NotVerified, outcome.Code);
        Assert.Contains("was seen up to entry 2", outcome.Error);
    }

    [Fact]
    public async Task Another_history_is_caught()
    {
        await alice.SucceedAsync("append", "notes", "one");
        await using var other = await Service.StartAsync();
        using var elsewhere = new Shell(other.Address);
        CopyKey(alice, elsewhere);
        await elsewhere.SucceedAsync("append", "notes", "uno", "due");

        alice.Server = other.Address;
        var outcome = await alice.RunAsync("cat", "notes");

        Assert.Equal((ExitCode.NotVerified, ""), (outcome.Code, outcome.Text));
        Assert.Contains("two histories", outcome.Error);
    }

    [Fact]
    public async Task A_fork_is_told_to_its_writer_and_to_whoever_verifies()
    {
        using var http = new HttpClient();
        var client = new RemoteLogClient(http, new Uri(service.Address));
        using var key = PemFileKey.Load(Path.Combine(alice.Home, "keys", "default.pem"));
        using var writer = await LogWriter.OpenAsync(client, key, Topic.Parse("notes"), new InMemoryLogMemory(), TestContext.Current.CancellationToken);
        await alice.SucceedAsync("append", "notes", "one");

        var fork = await Assert.ThrowsAsync<ForkedException>(
            () => writer.AppendAsync("uno"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken));
        await writer.AppendAsync("two"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken);
        using var bob = new Shell(service.Address);
        var verified = await bob.RunAsync("verify", $"{owner}/notes");

        Assert.NotEqual(fork.Known.Link, fork.Other.Link);
        Assert.Equal("one\ntwo", await alice.SucceedAsync("cat", "notes"));
        Assert.Equal(ExitCode.NotVerified, verified.Code);
        Assert.Contains("FORKED", verified.Text);
    }

    [Fact]
    public async Task Two_homes_with_one_key_take_turns()
    {
        await alice.SucceedAsync("append", "notes", "one");
        using var elsewhere = new Shell(service.Address);
        CopyKey(alice, elsewhere);

        await elsewhere.SucceedAsync("append", "notes", "two");
        await alice.SucceedAsync("append", "notes", "three");

        Assert.Equal("one\ntwo\nthree", await alice.SucceedAsync("cat", "notes"));
    }

    public async ValueTask DisposeAsync()
    {
        alice.Dispose();
        await service.DisposeAsync();
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    private static void CopyKey(Shell from, Shell to)
    {
        Directory.CreateDirectory(Path.Combine(to.Home, "keys"));
        File.Copy(Path.Combine(from.Home, "keys", "default.pem"), Path.Combine(to.Home, "keys", "default.pem"));
    }
}
