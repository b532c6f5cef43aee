using RemoteLog.Protocol;

namespace RemoteLog.Infra.Tests;

public sealed class SecretsTests
{
    private const string Script = "infra/secrets.sh";
    private const string App = "/subscriptions/s/sites/func";

    [Fact]
    public async Task Only_what_the_vault_lacks_is_made_and_the_app_told()
    {
        using var azure = new StandIns().Answer("az keyvault secret list*", "receipts-key\\ndevices-key\\nvapid-key\\nmirror-key\\n");

        var outcome = await azure.RunAsync(Script, "--vault", "kv", "--app", App);

        Assert.True(outcome.ExitCode == 0, outcome.Error);
        var made = Assert.Single(azure.Calls, call => call.StartsWith("az keyvault secret set", StringComparison.Ordinal));
        Assert.Contains("--name operator-key", made, StringComparison.Ordinal);
        Assert.Contains(azure.Calls, call => call.Contains($"{App}/config/configreferences/appsettings/refresh", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_nothing_is_lacking_nothing_is_changed()
    {
        using var azure = new StandIns().AnswerWell();

        await azure.RunAsync(Script, "--vault", "kv", "--app", App);

        Assert.DoesNotContain(azure.Calls, call => call.Contains("secret set", StringComparison.Ordinal) || call.StartsWith("az rest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_secret_can_be_made_anew()
    {
        using var azure = new StandIns().AnswerWell();

        await azure.RunAsync(Script, "--vault", "kv", "--rotate", "operator-key");

        Assert.Contains("--name operator-key", Assert.Single(azure.Calls, call => call.Contains("secret set", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_neither_printed_nor_arguments_nor_left_behind()
    {
        using var azure = new StandIns();

        var outcome = await azure.RunAsync(Script, "--vault", "kv");

        Assert.All(
            new[] { outcome.Output, outcome.Error, string.Join('\n', azure.Calls) },
            text => Assert.DoesNotMatch("PRIVATE KEY|[0-9a-f]{64}", text));
        Assert.Empty(azure.Left());
    }

    [Fact]
    public async Task The_receipt_key_is_one_that_the_service_takes()
    {
        // As the script makes it.
        Assert.Contains("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256", Repository.Read(Script), StringComparison.Ordinal);
        Assert.SkipWhen(Repository.Program("openssl") is null, "openssl is not installed.");

        var pem = await Repository.RunAsync("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);

        using var key = SigningKey.FromPem(pem.Output);
        Assert.StartsWith("zDn", key.Owner.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mirror-key", "secp256k1")]
    [InlineData("vapid-key", "p256")]
    [InlineData("receipts-key", "p256")]
    [InlineData("devices-key", "base64")]
    public void Each_secret_is_of_its_own_kind(string secret, string kind) =>
        Assert.Contains($"  {secret}:{kind}\n", Repository.Read(Script), StringComparison.Ordinal);

    [Fact]
    public async Task The_mirror_key_is_one_that_the_service_takes()
    {
        Assert.Contains("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1", Repository.Read(Script), StringComparison.Ordinal);
        Assert.SkipWhen(Repository.Program("openssl") is null, "openssl is not installed.");

        var pem = await Repository.RunAsync("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"]);

        using var key = SigningKey.FromPem(pem.Output);
        Assert.StartsWith("zQ3s", key.Owner.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_devices_key_is_32_bytes_in_base64()
    {
        Assert.Contains("openssl rand -base64 32 | tr -d '\\n'", Repository.Read(Script), StringComparison.Ordinal);
        Assert.SkipWhen(Repository.Program("openssl") is null, "openssl is not installed.");

        var text = await Repository.RunAsync("openssl", ["rand", "-base64", "32"]);

        Assert.Equal(32, Convert.FromBase64String(text.Output.Trim()).Length);
    }

    [Fact]
    public async Task It_waits_for_a_role_to_work()
    {
        using var azure = new StandIns().Answer("az keyvault secret list*", exitCode: 1, error: "(Forbidden) Caller is not authorized", once: true).AnswerWell();

        var outcome = await azure.RunAsync(Script, "--vault", "kv");

        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("sleep 10", azure.Calls);
    }

    [Fact]
    public async Task Without_the_role_it_says_which()
    {
        using var azure = new StandIns().Answer("az keyvault secret list*", exitCode: 1, error: "(Forbidden) Caller is not authorized");

        var outcome = await azure.RunAsync(Script, "--vault", "kv");

        Assert.Equal(8, outcome.ExitCode);
        Assert.Contains("Key Vault Secrets Officer", outcome.Error, StringComparison.Ordinal);
    }
}
