using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>One storage account: its three services, each through a pipeline that retries and counts alike.</summary>
internal sealed class StorageAccount : IDisposable
{
    private const string Scope = "https://storage.azure.com/.default";

    private readonly HttpPipeline tables;
    private readonly Uri tableService;

    private StorageAccount(string name, BlobServiceClient blobs, LinkSigner links, QueueServiceClient queues, HttpPipeline tables, Uri tableService)
    {
        Name = name;
        Blobs = blobs;
        Links = links;
        Queues = queues;
        this.tables = tables;
        this.tableService = tableService;
    }

    /// <summary>By which it is chosen for a log.</summary>
    public string Name { get; }

    public BlobServiceClient Blobs { get; }

    /// <summary>To single blobs.</summary>
    public LinkSigner Links { get; }

    public QueueServiceClient Queues { get; }

    public static StorageAccount Open(Emulator emulator, Pipelines pipelines)
    {
        var key = new StorageSharedKeyCredential(emulator.Account, emulator.Key);
        var blobs = new BlobServiceClient(emulator.Blobs, key, pipelines.Configure(new BlobClientOptions(), "blob"));
        return new StorageAccount(
            emulator.Tables.Authority,
            blobs,
            new LinkSigner(blobs, key, pipelines.Time),
            new QueueServiceClient(emulator.Queues, key, pipelines.Configure(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }, "queue")),
            pipelines.ForTables(new SharedKeyLitePolicy(emulator.Account, Convert.FromBase64String(emulator.Key), pipelines.Time)),
            emulator.Tables);
    }

    public static StorageAccount Open(string name, string endpointSuffix, TokenCredential identity, Pipelines pipelines)
    {
        var blobs = new BlobServiceClient(new Uri($"https://{name}.blob.{endpointSuffix}"), identity, pipelines.Configure(new BlobClientOptions(), "blob"));
        return new StorageAccount(
            name,
            blobs,
            new LinkSigner(blobs, key: null, pipelines.Time),
            new QueueServiceClient(
                new Uri($"https://{name}.queue.{endpointSuffix}"), identity,
                pipelines.Configure(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 }, "queue")),
            pipelines.ForTables(new BearerTokenAuthenticationPolicy(identity, Scope)),
            new Uri($"https://{name}.table.{endpointSuffix}"));
    }

    public Table Table(string name) => new(tables, tableService, name);

    public void Dispose() => Links.Dispose();
}

/// <summary>What the pipelines of all services have in common.</summary>
internal sealed class Pipelines(AzureStorageOptions options, TimeProvider time, Counter<long> operations, HttpPipelineTransport? transport)
{
    public TimeProvider Time => time;

    public T Configure<T>(T client, string service)
        where T : ClientOptions
    {
        client.RetryPolicy = new RetryPolicy(options.Patience, time);
        client.Retry.NetworkTimeout = options.Timeout;
        client.Diagnostics.IsLoggingContentEnabled = false;
        client.AddPolicy(new OperationCounter(operations, service), HttpPipelinePosition.PerRetry);
        if (transport is not null) client.Transport = transport;
        return client;
    }

    /// <param name="authentication">Signs each request, the repeated ones anew.</param>
    public HttpPipeline ForTables(HttpPipelinePolicy authentication) => HttpPipelineBuilder.Build(Configure(new TableOptions(), "table"), authentication);

    private sealed class TableOptions : ClientOptions;
}
