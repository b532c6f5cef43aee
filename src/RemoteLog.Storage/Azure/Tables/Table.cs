using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace RemoteLog.Storage.Azure.Tables;

/// <summary>
/// One table: what RemoteLog needs of Table storage's protocol. The pipeline sends again what failed for a passing cause, so a change that is answered with
/// a conflict after that may have been made by its own first attempt: <see cref="Commit.Repeated"/> says so, and whoever asked reads back.
/// Keys are letters, digits and hyphens only; nothing here escapes them.
/// </summary>
internal sealed class Table(HttpPipeline pipeline, Uri service, string name)
{
    /// <summary>Changes in one transaction at the most.</summary>
    public const int MaxChanges = 100;

    /// <summary>Rows in one answer at the most.</summary>
    public const int MaxRows = 1000;

    private readonly string root = service.AbsoluteUri.TrimEnd('/');

    /// <summary>Creates the table where there is none.</summary>
    public async ValueTask CreateAsync(CancellationToken cancellationToken)
    {
        using var message = NewMessage(RequestMethod.Post, $"{root}/Tables");
        message.Request.Headers.Add("Content-Type", "application/json");
        message.Request.Headers.Add("Prefer", "return-no-content");
        message.Request.Content = RequestContent.Create(BinaryData.FromString($$"""{"TableName":"{{name}}"}"""));
        await pipeline.SendAsync(message, cancellationToken);
        if (message.Response.IsError && !IsCode(message.Response, "TableAlreadyExists")) throw new RequestFailedException(message.Response);
    }

    /// <summary>One row; null when it is not there.</summary>
    public async ValueTask<TableRow?> FindAsync(string partition, string key, CancellationToken cancellationToken)
    {
        using var message = NewMessage(RequestMethod.Get, RowAddress(partition, key));
        await pipeline.SendAsync(message, cancellationToken);
        if (message.Response.IsError)
        {
            return IsCode(message.Response, "ResourceNotFound") ? null : throw new RequestFailedException(message.Response);
        }
        return new TableRow(JsonElement.Parse(message.Response.Content.ToMemory().Span));
    }

    /// <summary>All rows that match, in the order of their keys, asked for as they are taken.</summary>
    public async IAsyncEnumerable<TableRow> QueryAsync(string filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Continuation? next = null;
        do
        {
            var portion = await QueryAsync(filter, MaxRows, next, cancellationToken);
            foreach (var row in portion.Rows) yield return row;
            next = portion.Next;
        }
        while (next is not null);
    }

    /// <summary>One request's worth of the rows that match, at most <paramref name="max"/>.</summary>
    /// <param name="from">Where an earlier portion ended; null: at the beginning.</param>
    public async ValueTask<RowPortion> QueryAsync(string filter, int max, Continuation? from, CancellationToken cancellationToken)
    {
        var address = $"{root}/{name}()?$filter={Uri.EscapeDataString(filter)}&$top={Math.Min(max, MaxRows)}";
        if (from is not null) address += $"&NextPartitionKey={Uri.EscapeDataString(from.Partition)}";
        if (from?.Row is { } nextRow) address += $"&NextRowKey={Uri.EscapeDataString(nextRow)}";
        using var message = NewMessage(RequestMethod.Get, address);
        await pipeline.SendAsync(message, cancellationToken);
        if (message.Response.IsError) throw new RequestFailedException(message.Response);

        var answer = JsonElement.Parse(message.Response.Content.ToMemory().Span);
        message.Response.Headers.TryGetValue("x-ms-continuation-NextRowKey", out var row);
        return new RowPortion(
            [.. answer.GetProperty("value").EnumerateArray().Select(each => new TableRow(each))],
            message.Response.Headers.TryGetValue("x-ms-continuation-NextPartitionKey", out var partition) ? new Continuation(partition, row) : null);
    }

    /// <summary>Makes the changes, of one partition, together or not at all: one transaction, unless it is a single change.</summary>
    public async ValueTask<Commit> CommitAsync(string partition, IReadOnlyList<TableChange> changes, CancellationToken cancellationToken)
    {
        using var message = changes is [var single] ? NewChange(partition, single) : NewTransaction(partition, changes);
        await pipeline.SendAsync(message, cancellationToken);

        var outcome = changes.Count > 1 && !message.Response.IsError
            ? TransactionOutcome.Read(message.Response.Content)
            : TransactionOutcome.Of(message.Response);
        if (outcome.IsConflict) return new Commit(Applied: false, string.Empty, message.ProcessingContext.RetryNumber > 0);
        outcome.ThrowIfFailed(message.Response);
        return new Commit(Applied: true, outcome.ETag, message.ProcessingContext.RetryNumber > 0);
    }

    private static bool IsCode(Response response, string code) => response.Content.ToString().Contains($"\"{code}\"", StringComparison.Ordinal);

    private HttpMessage NewChange(string partition, TableChange change)
    {
        var (method, address, etag) = RequestOf(partition, change);
        var message = NewMessage(method, address);
        if (etag is not null) message.Request.Headers.Add("If-Match", etag);
        if (change is TableChange.Insert) message.Request.Headers.Add("Prefer", "return-no-content");
        if (change.Body(partition) is { } body)
        {
            message.Request.Headers.Add("Content-Type", "application/json");
            message.Request.Content = RequestContent.Create(body);
        }
        return message;
    }

    private HttpMessage NewTransaction(string partition, IReadOnlyList<TableChange> changes)
    {
        var message = NewMessage(RequestMethod.Post, $"{root}/$batch");
        var transaction = new TransactionWriter();
        foreach (var change in changes)
        {
            var (method, address, etag) = RequestOf(partition, change);
            transaction.Add(method, address, etag, change.Body(partition));
        }
        message.Request.Headers.Add("Content-Type", TransactionWriter.ContentType);
        message.Request.Content = RequestContent.Create(transaction.Finish());
        return message;
    }

    private (RequestMethod Method, string Address, string? ETag) RequestOf(string partition, TableChange change) => change switch
    {
        TableChange.Insert => (RequestMethod.Post, $"{root}/{name}", null),
        TableChange.Merge merge => (RequestMethod.Patch, RowAddress(partition, merge.Key), merge.ETag),
        TableChange.Delete delete => (RequestMethod.Delete, RowAddress(partition, delete.Key), delete.ETag),
        _ => throw new ArgumentOutOfRangeException(nameof(change)),
    };

    private string RowAddress(string partition, string key) => $"{root}/{name}(PartitionKey='{partition}',RowKey='{key}')";

    private HttpMessage NewMessage(RequestMethod method, string address)
    {
        var message = pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(new Uri(address));

        // The ETags of many rows in one answer are only told from "minimalmetadata" on.
        message.Request.Headers.Add("Accept", "application/json;odata=minimalmetadata");
        message.Request.Headers.Add("DataServiceVersion", "3.0;NetFx");
        message.Request.Headers.Add("MaxDataServiceVersion", "3.0;NetFx");

        // The first that takes the tokens of identities.
        message.Request.Headers.Add("x-ms-version", "2020-12-06");
        return message;
    }
}

/// <summary>How a change ended.</summary>
/// <param name="Applied">Whether it was made; else some row was not in the state it had to be in, and nothing was.</param>
/// <param name="ETag">Of the first row changed.</param>
/// <param name="Repeated">Whether it was sent more than once, so that a conflict may be with itself.</param>
internal readonly record struct Commit(bool Applied, string ETag, bool Repeated);
