using Azure;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Azure.Tables;

/// <summary>What became of a change or a transaction.</summary>
/// <param name="Status">Its HTTP status; in a transaction that of the change that failed, or of the first.</param>
/// <param name="ETag">Of the first row changed.</param>
/// <param name="Text">What was answered.</param>
internal readonly record struct TransactionOutcome(int Status, string ETag, string Text)
{
    /// <summary>Some row was not in the state it had to be in.</summary>
    public bool IsConflict => Status == 412
        || (Status == 409 && Text.Contains("EntityAlreadyExists", StringComparison.Ordinal))
        || (Status == 404 && Text.Contains("ResourceNotFound", StringComparison.Ordinal));

    /// <summary>Of a single change.</summary>
    public static TransactionOutcome Of(Response response) =>
        new(response.Status, response.Headers.ETag?.ToString("H") ?? string.Empty, response.IsError ? response.Content.ToString() : string.Empty);

    /// <summary>Of a transaction: its answer is one part for each change, or a single one for that which failed.</summary>
    public static TransactionOutcome Read(BinaryData answer)
    {
        var text = answer.ToString();
        const string StatusLine = "HTTP/1.1 ";
        var status = text.IndexOf(StatusLine, StringComparison.Ordinal) is >= 0 and var at
            ? int.Parse(text.AsSpan(at + StatusLine.Length, 3))
            : throw new InvalidDataException("Table storage answered a transaction with something else.");
        return new TransactionOutcome(status, HeaderAfter(text, at, "\r\nETag: "), text);
    }

    public void ThrowIfFailed(Response response)
    {
        if (Status is >= 200 and < 300) return;
        if (Status is 408 or 429 or >= 500) throw new StorageUnavailableException($"Table storage answered {Status} within a transaction.", TimeSpan.FromSeconds(1));
        throw response.IsError ? new RequestFailedException(response) : new RequestFailedException(Status, $"Table storage refused a transaction: {Text}");
    }

    private static string HeaderAfter(string text, int from, string name)
    {
        if (text.IndexOf(name, from, StringComparison.OrdinalIgnoreCase) is not (>= 0 and var at)) return string.Empty;
        at += name.Length;
        return text[at..text.IndexOf('\r', at)];
    }
}
