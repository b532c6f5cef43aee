using System.Buffers;
using System.Text;
using Azure.Core;

namespace RemoteLog.Storage.Azure.Tables;

/// <summary>An entity-group transaction as Table storage takes it: HTTP requests as the parts of one body.</summary>
internal sealed class TransactionWriter
{
    public const string ContentType = $"multipart/mixed; boundary={Batch}";

    // Nothing in a part can look like these: parts are JSON and base64.
    private const string Batch = "batch_remotelog";
    private const string Changes = "changeset_remotelog";

    private readonly ArrayBufferWriter<byte> bytes = new();
    private int number;

    public TransactionWriter() => Write($"--{Batch}\r\nContent-Type: multipart/mixed; boundary={Changes}\r\n\r\n");

    public void Add(RequestMethod method, string address, string? etag, ReadOnlyMemory<byte>? body)
    {
        Write($"--{Changes}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {++number}\r\n\r\n");
        Write($"{method} {address} HTTP/1.1\r\nAccept: application/json;odata=minimalmetadata\r\nDataServiceVersion: 3.0;NetFx\r\n");
        if (etag is not null) Write($"If-Match: {etag}\r\n");
        if (method == RequestMethod.Post) Write("Prefer: return-no-content\r\n");
        if (body is { } content)
        {
            Write($"Content-Type: application/json\r\nContent-Length: {content.Length}\r\n\r\n");
            bytes.Write(content.Span);
        }
        Write("\r\n");
    }

    public ReadOnlyMemory<byte> Finish()
    {
        Write($"--{Changes}--\r\n--{Batch}--\r\n");
        return bytes.WrittenMemory;
    }

    private void Write(string text) => Encoding.ASCII.GetBytes(text, bytes);
}
