using System.Text.Json;

namespace RemoteLog.Cli.Tests;

public sealed class KeysTests : IDisposable
{
    private readonly Shell shell = new("http://127.0.0.1:1");

    [Fact]
    public async Task A_new_key_is_shown_by_its_owners_name()
    {
        var made = await shell.SucceedAsync("keys", "new");
        var shown = await shell.SucceedAsync("keys", "show");

        Assert.StartsWith("zDn", made);
        Assert.Equal(made, shown);
        Assert.True(File.Exists(Path.Combine(shell.Home, "keys", "default.pem")));
    }

    [Theory]
    [InlineData("p256", "zDn")]
    [InlineData("secp256k1", "zQ3s")]
    public async Task A_new_key_is_on_the_curve_asked_for(string curve, string start)
    {
        var made = await shell.SucceedAsync("keys", "new", "--curve", curve);

        Assert.StartsWith(start, made);
        Assert.Equal(made, await shell.SucceedAsync("keys", "show"));
    }

    [Fact]
    public async Task A_curve_that_owners_cannot_use_is_refused()
    {
        Assert.Equal(ExitCode.Usage, (await shell.RunAsync("keys", "new", "--curve", "p384")).Code);
        Assert.Equal(ExitCode.NotFound, (await shell.RunAsync("keys", "show")).Code);
    }

    [Fact]
    public async Task A_key_is_not_replaced()
    {
        var made = await shell.SucceedAsync("keys", "new");

        var again = await shell.RunAsync("keys", "new");

        Assert.Equal(ExitCode.Usage, again.Code);
        Assert.Contains("already", again.Error);
        Assert.Equal(made, await shell.SucceedAsync("keys", "show"));
    }

    [Fact]
    public async Task Keys_have_names()
    {
        var first = await shell.SucceedAsync("keys", "new");
        var work = await shell.SucceedAsync("keys", "new", "--key", "work");

        Assert.NotEqual(first, work);
        Assert.Equal(work, await shell.SucceedAsync("keys", "show", "--key", "work"));
    }

    [Theory]
    [InlineData("../../etc/key")]
    [InlineData("..")]
    [InlineData("")]
    public async Task A_keys_name_is_no_path(string name) => Assert.Equal(ExitCode.Usage, (await shell.RunAsync("keys", "new", "--key", name)).Code);

    [Fact]
    public async Task Without_a_key_the_way_to_one_is_shown()
    {
        var outcome = await shell.RunAsync("keys", "show");

        Assert.Equal(ExitCode.NotFound, outcome.Code);
        Assert.Contains("remotelog keys new", outcome.Error);
        Assert.Empty(outcome.Text);
    }

    [Fact]
    public async Task A_script_gets_a_key_as_an_object()
    {
        var owner = await shell.SucceedAsync("keys", "new");

        var json = JsonDocument.Parse(await shell.SucceedAsync("keys", "show", "--json")).RootElement;

        Assert.Equal(owner, json.GetProperty("owner").GetString());
        Assert.Equal("default", json.GetProperty("key").GetString());
        Assert.Equal(Path.Combine(shell.Home, "keys", "default.pem"), json.GetProperty("file").GetString());
    }

    public void Dispose() => shell.Dispose();
}
