using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using RemoteLog.Protocol;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Tests;

/// <summary>The executable: how it starts, where it listens, how it ends.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string[] Settings => ["--urls", "http://127.0.0.1:0", "--Data:Folder", folder.Path, "--Logging:LogLevel:Default", "Warning"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_says_where_it_listens_and_where_its_data_is_and_stops_at_ctrl_c()
    {
        using var service = await ServiceProcess.StartAsync(Settings);
        using var http = new HttpClient { BaseAddress = service.Address };

        Assert.Equal(folder.Path, service.DataFolder);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/health/ready")).StatusCode);
        Assert.Equal(0, await service.InterruptAsync());
    }

    [Fact]
    public async Task Ctrl_c_answers_those_who_wait()
    {
        using var service = await ServiceProcess.StartAsync(Settings);
        using var http = new HttpClient { BaseAddress = service.Address };
        var device = new Device();
        var appended = await http.PostAsync(device.Path + "/segments", new ByteArrayContent(device.Write("one")) { Headers = { ContentType = new(TestService.Protobuf) } });
        var request = new HttpRequestMessage(HttpMethod.Get, device.Path + "?wait=100");
        request.Headers.Accept.ParseAdd(TestService.Protobuf);
        request.Headers.IfNoneMatch.Add(appended.Headers.ETag!);
        var waiting = http.SendAsync(request);

        // Twenty answers later the one asked before them has been read.
        for (var i = 0; i < 20; i++) await http.GetAsync("/api/health/ready");
        Assert.Equal(0, await service.InterruptAsync());

        Assert.Equal(HttpStatusCode.NotModified, (await waiting).StatusCode);
    }

    [Fact]
    public async Task The_functions_hosts_port_wins_over_every_other_address()
    {
        using var port = new ReservedPort();

        using var service = await ServiceProcess.StartAsync(Settings, new Dictionary<string, string>
        {
            ["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port.Number}",
            ["ASPNETCORE_URLS"] = "http://+:80",
            ["Kestrel__Endpoints__Http__Url"] = "http://127.0.0.1:1",
        });

        Assert.Equal(new Uri($"http://127.0.0.1:{port.Number}"), service.Address);
        using var http = new HttpClient { BaseAddress = service.Address };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/")).StatusCode);
    }

    [Fact]
    public async Task A_second_process_on_one_folder_says_so_and_exits()
    {
        using var service = await ServiceProcess.StartAsync(Settings);

        var (exitCode, error) = await ServiceProcess.FailAsync(Settings);

        Assert.Equal(1, exitCode);
        Assert.Contains(folder.Path, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_another_program_has_is_named_with_the_way_to_another()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}";

        var (exitCode, error) = await ServiceProcess.FailAsync(["--urls", address, "--Data:Folder", folder.Path]);

        Assert.Equal(1, exitCode);
        Assert.Contains(address, error, StringComparison.Ordinal);
        Assert.Contains("--urls", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Data_of_a_newer_version_is_refused()
    {
        await using (var database = new SqliteConnection($"Data Source={Path.Combine(folder.Path, "remotelog.db")};Pooling=false"))
        {
            await database.OpenAsync();
            await using var command = database.CreateCommand();
            command.CommandText = "PRAGMA user_version = 999";
            await command.ExecuteNonQueryAsync();
        }

        var (exitCode, error) = await ServiceProcess.FailAsync(Settings);

        Assert.Equal(1, exitCode);
        Assert.Contains("999", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Pages:Entries", "0", "Entries")]
    [InlineData("--Pages:Bytes", "many", "Pages:Bytes")]
    [InlineData("--Wait:Seconds", "900", "Seconds")]
    [InlineData("--Receipts:Key", "secret", "Receipts:Key")]
    [InlineData("--Operator:Key", "secret", "Operator:Key")]
    [InlineData("--Operator:Key", "a secret of many words", "Operator:Key")]
    public async Task A_setting_that_makes_no_sense_is_named_and_its_value_kept_quiet(string name, string value, string named)
    {
        var (exitCode, error) = await ServiceProcess.FailAsync([.. Settings, name, value]);

        Assert.Equal(1, exitCode);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Push__Vapid__Key", "Push:Vapid:Key", "openssl genpkey")]
    [InlineData("Push__Vapid__PreviousKey", "Push:Vapid:PreviousKey", "or leave it out")]
    public async Task Under_the_functions_host_a_VAPID_key_that_is_none_shows_at_the_start_with_what_to_do(string variable, string named, string advice)
    {
        using var port = new ReservedPort();

        var (exitCode, error) = await ServiceProcess.FailAsync(Settings, new Dictionary<string, string> { ["FUNCTIONS_CUSTOMHANDLER_PORT"] = $"{port.Number}", [variable] = "secret" });

        Assert.Equal(1, exitCode);
        Assert.Contains($"RemoteLog cannot start: Settings 'Push': {named} is not the PEM of a P-256 private key. ", error, StringComparison.Ordinal);
        Assert.Contains(advice, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Nothing_that_was_acknowledged_is_lost_by_kill_9()
    {
        var devices = Enumerable.Range(0, 8).Select(_ => new Device()).ToArray();
        var acknowledged = new long[devices.Length];
        for (var round = 1; round <= 3; round++)
        {
            using var service = await ServiceProcess.StartAsync([.. Settings, "--Pages:Entries", "16"]);
            using var http = new HttpClient { BaseAddress = service.Address };
            var enough = new TaskCompletionSource();
            var left = 40 * round;
            var writing = devices.Select((device, i) => WriteUntilKilledAsync(http, device, sequence =>
            {
                acknowledged[i] = sequence;
                if (Interlocked.Decrement(ref left) == 0) enough.SetResult();
            })).ToArray();

            await enough.Task;
            await service.KillAsync();
            devices = await Task.WhenAll(writing);
        }

        using var last = await ServiceProcess.StartAsync(Settings);
        using var reader = new HttpClient { BaseAddress = last.Address };
        for (var i = 0; i < devices.Length; i++)
        {
            reader.DefaultRequestHeaders.Accept.ParseAdd(TestService.Protobuf);
            Assert.True(Head.TryParse(await reader.GetByteArrayAsync(devices[i].Path), out var head));
            Assert.True(head.Sequence >= acknowledged[i], $"{acknowledged[i]} was acknowledged, the head is at {head.Sequence}");
            Assert.True(head.Checkpoint.Verify());
        }
    }

    /// <summary>Appends until the service is gone, and returns the device to go on with: what was not acknowledged is sent again.</summary>
    private static async Task<Device> WriteUntilKilledAsync(HttpClient http, Device device, Action<long> acknowledged)
    {
        while (true)
        {
            var before = device.RestoreFromBackup();
            var body = new ByteArrayContent(device.Write($"message {device.Sequence + 1}")) { Headers = { ContentType = new(TestService.Protobuf) } };
            try
            {
                var response = await http.PostAsync(device.Path + "/segments", body);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                acknowledged(device.Sequence);
            }
            catch (HttpRequestException)
            {
                return before;
            }
        }
    }
}
