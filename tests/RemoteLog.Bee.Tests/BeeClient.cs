using System.Net.Http.Headers;
using System.Text.Json;
using RemoteLog.Bee.Emulator;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Bee.Tests;

/// <summary>Speaks to a node in plain HTTP.</summary>
internal sealed class BeeClient : IDisposable
{
    private readonly HttpClient http;

    public BeeClient(BeeNode node, PostageBatch? batch = null)
    {
        http = new HttpClient { BaseAddress = node.Address };
        Batch = batch ?? node.Buy();
    }

    public PostageBatch Batch { get; }

    public void Dispose() => http.Dispose();

    /// <param name="headers">Pairs of name and value. The batch's is added unless it is among them; an empty value leaves a header out.</param>
    public async Task<BeeAnswer> SendAsync(HttpMethod method, string path, byte[]? body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        var all = headers.ToList();
        if (method != HttpMethod.Get && all.TrueForAll(header => header.Name != "swarm-postage-batch-id"))
        {
            all.Add(("swarm-postage-batch-id", Batch.Id.ToString()));
        }
        foreach (var (name, value) in all.Where(header => header.Value.Length > 0)) request.Headers.TryAddWithoutValidation(name, value);

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead);
        return new BeeAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers, response.Content.Headers);
    }

    public Task<BeeAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>Uploads directly and without redundancy, as the store does, unless the headers say otherwise.</summary>
    public Task<BeeAnswer> PostAsync(string path, byte[]? body, params (string Name, string Value)[] headers)
    {
        var all = headers.ToList();
        foreach (var usual in new[] { ("swarm-redundancy-level", "0"), ("swarm-deferred-upload", "false") })
        {
            if (all.TrueForAll(header => header.Name != usual.Item1)) all.Add(usual);
        }
        return SendAsync(HttpMethod.Post, path, body, [.. all]);
    }

    /// <summary>Writes data by /chunks, as our hasher makes them. Returns the root.</summary>
    public async Task<string> UploadChunksAsync(byte[] data)
    {
        List<byte[]> chunks = [];
        var hasher = new TreeHasher((_, chunk) => chunks.Add(chunk.ToArray()));
        hasher.Append(data);
        var root = hasher.Finish();
        foreach (var chunk in chunks) Assert.Equal(201, (await PostAsync("/chunks", chunk)).Status);
        return root.ToString();
    }

    /// <summary>Writes a single-owner chunk.</summary>
    public Task<BeeAnswer> PostAsync(SingleOwnerChunk chunk, params (string Name, string Value)[] headers) =>
        PostAsync($"/soc/{chunk.Owner}/{chunk.Id}?sig={chunk.Signature}", chunk.Wrapped.ToArray(), headers);
}

/// <summary>What a node answered.</summary>
internal sealed record BeeAnswer(int Status, byte[] Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Message => Json.GetProperty("message").GetString()!;

    public string Reference => Json.GetProperty("reference").GetString()!;

    public string? Header(string name) => Headers.TryGetValues(name, out var values) ? values.Single() : null;
}
