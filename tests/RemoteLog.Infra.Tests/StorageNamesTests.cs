using System.Diagnostics.CodeAnalysis;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using RemoteLog.Storage.Azure;

namespace RemoteLog.Infra.Tests;

/// <summary>The templates make what the service works on, under the very names, and nothing that it does not.</summary>
public sealed class StorageNamesTests
{
    private const string Template = "bicep/modules/names.bicep";

    [Fact]
    public void Queues_in_the_templates_are_those_that_triggers_listen_to()
    {
        var listened = Triggers.Queues().Select(queue => queue.Name).Order();

        Assert.Equal(listened, Bicep.List(Template, "queues").Order());
    }

    [Fact]
    public void Each_queue_gets_one_for_messages_that_failed() =>
        Assert.Contains("resource poison 'queues' = [for q in queues: { name: '${q}-poison' }]", Bicep.Read("bicep/modules/storage.bicep"), StringComparison.Ordinal);

    [Fact]
    public async Task Tables_and_containers_in_the_templates_are_those_that_the_service_works_on()
    {
        var created = await CreatedAsync();

        Assert.Equal(created["table"], Bicep.List(Template, "tables").Order());
        Assert.Equal(created["blob"], Bicep.List(Template, "containers").Order());
    }

    [Fact]
    public async Task Only_bodies_of_jobs_go_by_age()
    {
        var temporary = Bicep.List(Template, "temporary");

        Assert.Equal(["remotelog-jobs/"], temporary);
        Assert.Contains("remotelog-jobs", (await CreatedAsync())["blob"]);
    }

    /// <summary>What the service creates on the emulator, asked of storage that takes everything and writes it down.</summary>
    private static async Task<Dictionary<string, string[]>> CreatedAsync()
    {
        var requests = new Recorder();
        using var storage = AzureStorage.Open(
            new AzureStorageOptions { Accounts = ["first", "second"] }, TimeProvider.System, new NoIdentity(), requests);
        await storage.PrepareAsync([], TestContext.Current.CancellationToken);
        return requests.Created.Distinct().GroupBy(each => each.Service).ToDictionary(group => group.Key, group => group.Select(each => each.Name).Order().ToArray());
    }

    private sealed class Recorder : HttpPipelineTransport
    {
        public List<(string Service, string Name)> Created { get; } = [];

        public override Request CreateRequest() => HttpClientTransport.Shared.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            var service = message.Request.Uri.Host!.Split('.')[1];
            var name = message.Request.Uri.Path!.Trim('/');
            if (service == "table")
            {
                // {"TableName":"remotelognames"}
                using var body = new MemoryStream();
                await message.Request.Content!.WriteToAsync(body, message.CancellationToken);
                name = System.Text.Json.JsonDocument.Parse(body.ToArray()).RootElement.GetProperty("TableName").GetString()!;
            }
            Created.Add((service, name));
            message.Response = new Accepted();
        }
    }

    private sealed class Accepted : Response
    {
        public override int Status => 201;

        public override string ReasonPhrase => "Created";

        public override Stream? ContentStream { get; set; }

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose()
        {
        }

        protected override bool ContainsHeader(string name) => false;

        protected override IEnumerable<HttpHeader> EnumerateHeaders() => [];

        protected override bool TryGetHeader(string name, [NotNullWhen(true)] out string? value) => (value = null) is not null;

        protected override bool TryGetHeaderValues(string name, [NotNullWhen(true)] out IEnumerable<string>? values) => (values = null) is not null;
    }

    private sealed class NoIdentity : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("none", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
