using Azure.Core;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>Which accounts are taken, and how logs and content are spread over several.</summary>
public sealed class AccountTests(Azurite azurite)
{
    private const string Endpoints =
        "BlobEndpoint=http://127.0.0.1:1/devstoreaccount1;QueueEndpoint=http://127.0.0.1:2/devstoreaccount1;TableEndpoint=http://localhost:3/devstoreaccount1";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("UseDevelopmentStorage=true")]
    [InlineData("AccountName=devstoreaccount1;" + Endpoints)]
    [InlineData("DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=whatever==;" + Endpoints + ";")]
    public void The_emulator_may_be_named_by_a_connection_string(string account) => AzureStorage.Open(new() { Accounts = [account] }, TimeProvider.System).Dispose();

    [Theory]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=production;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net")]
    [InlineData("AccountName=production;AccountKey=c2VjcmV0;" + Endpoints)]
    [InlineData("AccountName=devstoreaccount1;AccountKey=c2VjcmV0;BlobEndpoint=https://evil.example/devstoreaccount1")]
    [InlineData("BlobEndpoint=https://production.blob.core.windows.net;SharedAccessSignature=sig=c2VjcmV0")]
    [InlineData("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://c2VjcmV0.example")]
    [InlineData("AccountName=a;AccountName=c2VjcmV0")]
    public void Any_other_connection_string_is_refused_and_not_repeated(string account)
    {
        var refusal = Assert.Throws<ArgumentException>(() => AzureStorage.Open(new() { Accounts = [account] }, TimeProvider.System));

        Assert.Contains("Name the storage account instead", refusal.Message);
        Assert.DoesNotContain("c2VjcmV0", refusal.ToString());
    }

    [Fact]
    public void An_account_that_is_named_is_opened_without_asking_it_anything() =>
        AzureStorage.Open(new() { Accounts = ["production"], ClientId = "11111111-2222-3333-4444-555555555555" }, TimeProvider.System).Dispose();

    [Fact]
    public async Task A_named_account_is_spoken_to_over_tls_under_an_identity_and_no_key()
    {
        var network = new FaultyTransport();
        network.Next([.. Enumerable.Repeat(FaultyTransport.Fault.Busy, 3)]);
        var options = new AzureStorageOptions { Accounts = ["production"], Patience = TimeSpan.Zero };
        using var azure = AzureStorage.Open(options, TimeProvider.System, new StubIdentity(), network);

        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await azure.Storage.Names.FindHeadAsync(new Device().Log, Ct));
        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await azure.Storage.Content.FindLengthAsync(Cid.Of("x"u8), Ct));
        await Assert.ThrowsAsync<StorageUnavailableException>(async () => await azure.Storage.Jobs.EnqueueAsync("seal", new byte[1], TimeSpan.Zero, Ct));

        Assert.Equal(
            ["https://production.table.core.windows.net", "https://production.blob.core.windows.net", "https://production.queue.core.windows.net"],
            network.Sent.Select(request => request.Address.GetLeftPart(UriPartial.Authority)));
        Assert.All(network.Sent, request => Assert.Equal("Bearer a token for https://storage.azure.com/.default", request.Authorization));
    }

    [Fact]
    public void There_is_at_least_one_account() =>
        Assert.Throws<ArgumentException>(() => AzureStorage.Open(new() { Accounts = [] }, TimeProvider.System));

    [Fact]
    public void The_emulator_is_not_mixed_with_accounts_in_Azure()
    {
        var refusal = Assert.Throws<ArgumentException>(() => AzureStorage.Open(new() { Accounts = ["UseDevelopmentStorage=true", "production"] }, TimeProvider.System));

        Assert.Contains("Name either", refusal.Message);
    }

    [Fact]
    public async Task Logs_and_content_are_spread_over_all_accounts_and_found_again()
    {
        var options = await azurite.NewOptionsAsync();
        var network = new FaultyTransport();
        var both = options with { Accounts = [.. options.Accounts, await azurite.GetMovableAsync()] };
        var storage = (await azurite.OpenAsync(both, network, time: null)).Storage;
        var devices = Enumerable.Range(0, 24).Select(_ => new Device()).ToArray();
        var contents = Enumerable.Range(0, 24).Select(seed => A.Bytes(100, seed)).ToArray();

        network.Forget();
        foreach (var device in devices) await storage.Names.AppendAsync(device.Sign(entries: 1), Ct);
        Assert.Equal(2, network.Sent.Select(request => request.Address.Authority).Distinct().Count());
        network.Forget();
        foreach (var content in contents) await storage.Content.PutAsync(storage.Content.AddressOf(content), content, Ct);
        Assert.Equal(2, network.Sent.Select(request => request.Address.Authority).Distinct().Count());

        // In another process, which names the accounts in another order.
        var reopened = (await azurite.OpenAsync(both with { Accounts = [.. both.Accounts.Reverse()] }, transport: null, time: null)).Storage;
        foreach (var device in devices) Assert.Equal(device.Link, (await reopened.Names.FindHeadAsync(device.Log, Ct))!.Head.Link);
        foreach (var content in contents) Assert.Equal(100, await reopened.Content.FindLengthAsync(reopened.Content.AddressOf(content), Ct));
        Assert.Equal(24, (await reopened.Names.FindUnsealedAsync(entries: 1, bytes: 1, max: 100, Ct)).Count);
    }

    private sealed class StubIdentity : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new($"a token for {requestContext.Scopes[0]}", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
