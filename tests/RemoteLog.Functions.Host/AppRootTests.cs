using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using RemoteLog.Functions.Host.Simulator;
using RemoteLog.Functions.Operations;
using RemoteLog.Server.Ingest;
using RemoteLog.Server.Mirror;
using RemoteLog.Server.Replicate;
using RemoteLog.Server.Seal;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Azure;
using RemoteLog.Testing;

namespace RemoteLog.Functions.Host;

/// <summary>The folder that `dotnet publish` makes.</summary>
public sealed class AppRootTests(PublishedApp app)
{
    [Fact]
    public async Task Functions_and_endpoints_are_the_same_set()
    {
        var catalog = FunctionCatalog.Read(app.Root);
        var functions = catalog.Functions.SelectMany(function => function is HttpFunction http
            ? http.Methods.Select(method => $"{method} /{catalog.Host.RoutePrefix}/{http.Route}")
            : [$"POST /{function.Name}"]);

        using var folder = new TemporaryFolder();
        await using var service = RemoteLogApp.Build(["--FUNCTIONS_CUSTOMHANDLER_PORT", "0", "--Data:Folder", folder.Path]);
        await service.StartAsync();
        var endpoints = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
                .Select(method => $"{method} {endpoint.RoutePattern.RawText}"))
            .Where(endpoint => endpoint != "GET /");

        Assert.Equal(endpoints.Order(StringComparer.Ordinal), functions.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Queue_functions_listen_where_azure_storage_puts_jobs()
    {
        var prefix = new AzureStorageOptions { Accounts = [] }.Prefix;

        var queues = FunctionCatalog.Read(app.Root).Functions.OfType<QueueFunction>().Select(function => function.Queue);

        string[] ours = [Ingester.Queue, Sealer.Queue, ReplicatedContent.Queue, Mirrorer.Queue, HintWorker.Queue, .. PushChannels.Queues];
        Assert.Equal(ours.Select(queue => $"{prefix}-{queue}").Order(), queues.Order());
    }

    [Fact]
    public void Http_is_open_to_all_because_owners_sign_what_they_send() =>
        Assert.All(FunctionCatalog.Read(app.Root).Functions.OfType<HttpFunction>(), function => Assert.True(function.IsAnonymous));

    [Fact]
    public void Outsiders_are_kept_below_a_prefix() => Assert.Equal("api", FunctionCatalog.Read(app.Root).Host.RoutePrefix);

    [Fact]
    public void The_longest_deadline_is_half_of_the_hosts_limit_at_most()
    {
        var longest = (int)((System.ComponentModel.DataAnnotations.RangeAttribute)typeof(TriggerOptions).GetProperty(nameof(TriggerOptions.Seconds))!
            .GetCustomAttributes(typeof(System.ComponentModel.DataAnnotations.RangeAttribute), inherit: false).Single()).Maximum;

        Assert.True(TimeSpan.FromSeconds(longest) * 2 <= FunctionCatalog.Read(app.Root).Host.FunctionTimeout);
        Assert.InRange(new TriggerOptions().Seconds, 1, longest);
    }

    [Fact]
    public void Neither_settings_nor_documentation_are_deployed()
    {
        Assert.Empty(Directory.EnumerateFiles(app.Root, "*settings*.json", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateFiles(app.Root, "*.xml", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_handler_leaves_the_app_root_as_it_is_and_keeps_its_data_in_the_temporary_folder()
    {
        using var site = new Site(app);
        var before = Files();
        var start = site.Start with { Settings = new Dictionary<string, string> { ["TMPDIR"] = site.DataFolder } };

        await using (var host = await SimulatedHost.StartAsync(start))
        {
            var device = new Device();
            await site.ClientOf(host).AppendAsync(device.Log, device.Write("one"));
        }

        Assert.Equal(before, Files());
        Assert.True(File.Exists(Path.Combine(site.DataFolder, "remotelog", "remotelog.db")));

        List<string> Files() => [.. Directory.EnumerateFileSystemEntries(app.Root, "*", SearchOption.AllDirectories)
            .Select(path => $"{path} {File.GetLastWriteTimeUtc(path):O}").Order(StringComparer.Ordinal)];
    }
}
