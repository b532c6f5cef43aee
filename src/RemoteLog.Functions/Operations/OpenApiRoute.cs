using RemoteLog.Functions.Http;

namespace RemoteLog.Functions.Operations;

/// <summary>The description of this API, as written in openapi.json.</summary>
public static class OpenApiRoute
{
    public const string Pattern = "/api/openapi/v1.json";

    private static readonly ReadOnlyMemory<byte> Document = Read();

    public static async Task GetAsync(HttpContext context)
    {
        context.Response.ContentType = Formats.Json;
        context.Response.ContentLength = Document.Length;
        await context.Response.BodyWriter.WriteAsync(Document, context.RequestAborted);
    }

    private static byte[] Read()
    {
        using var stream = typeof(OpenApiRoute).Assembly.GetManifestResourceStream("openapi.json")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
