using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace RemoteLog.Cli.Tests;

/// <summary>What docs/devices.md shows, run as it stands there by bash, openssl and curl.</summary>
public sealed class DevicesByCurlTests
{
    [Fact]
    public async Task A_device_is_registered_confirmed_woken_and_unregistered_as_the_page_shows()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("The page is for a POSIX shell.");
        var calls = new ConcurrentQueue<JsonElement>();
        var called = new SemaphoreSlim(0);
        await using var receiver = await FakeService.StartAsync(async context =>
        {
            calls.Enqueue((await JsonDocument.ParseAsync(context.Request.Body)).RootElement);
            called.Release();
        });
        var host = receiver.Address.Replace("localhost", "127.0.0.1", StringComparison.Ordinal);
        await using var service = await Service.StartAsync(
            "--Push:Endpoints:Mode", "Listed", "--Push:Endpoints:Hosts", host, "--Push:WindowSeconds", "1", "--Push:RecentSeconds", "0",
            "--Push:Pace:Webhook:DebounceSeconds", "0");
        using var shell = new Shell(service.Address);
        var device = await shell.SucceedAsync("keys", "new", "--key", "hook");
        var owner = await shell.SucceedAsync("keys", "new");
        (string, string)[] values =
        [
            ("SERVER", service.Address), ("HOOK", host + "/hook"), ("KEY", Path.Combine(shell.Home, "keys", "hook.pem")), ("DEVICE", device), ("OWNER", owner),
        ];

        var registered = await RunAsync(["state()", "register"], values);
        await called.WaitAsync(TestContext.Current.CancellationToken);
        var confirmed = await RunAsync(["confirm"], [.. values, ("TOKEN", calls.Single().GetProperty("t").GetString()!)]);
        var followed = await RunAsync(["state()", "\"follow"], values);
        await shell.SucceedAsync("append", "notes", "Wake up");
        await called.WaitAsync(TestContext.Current.CancellationToken);
        var left = await RunAsync(["state()", "unfollow"], values);

        Assert.Equal("webhook", registered[0].GetProperty("channel").GetString());
        Assert.False(registered[0].TryGetProperty("confirmed", out _));
        Assert.True(confirmed[0].GetProperty("confirmed").GetBoolean());
        Assert.Single(followed[0].GetProperty("follows").EnumerateArray());
        Assert.Equal(1, calls.Last().GetProperty("e")[0][1].GetInt64());
        Assert.False(left[0].TryGetProperty("follows", out _));
        Assert.False(left[1].TryGetProperty("channel", out _));
    }

    /// <summary>Runs the blocks of the page that have such text in them, in the order given.</summary>
    /// <returns>What they print: an object a line.</returns>
    private static async Task<JsonElement[]> RunAsync(string[] texts, (string Name, string Value)[] values)
    {
        var blocks = Blocks();
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", string.Join('\n', texts.Select(text => blocks.First(block => block.Contains(text, StringComparison.Ordinal))))])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in values) start.Environment[name] = value;
        using var bash = Process.Start(start)!;
        var error = bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(bash.ExitCode == 0, $"{output}{await error}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static List<string> Blocks()
    {
        List<string> blocks = [];
        StringBuilder? block = null;
        foreach (var line in File.ReadLines(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../docs/devices.md")))
        {
            if (block is null && line == "```bash")
            {
                block = new StringBuilder();
            }
            else if (block is not null && line == "```")
            {
                blocks.Add(block.ToString());
                block = null;
            }
            else
            {
                block?.Append(line).Append('\n');
            }
        }
        return blocks;
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
