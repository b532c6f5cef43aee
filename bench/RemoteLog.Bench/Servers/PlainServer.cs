using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RemoteLog.Bench.Servers;

/// <summary>What a plain server does with a request before it answers.</summary>
internal interface IFloor : IDisposable
{
    ValueTask AcceptAsync(string path, byte[] body);
}

/// <summary>Nothing.</summary>
internal sealed class NoFloor : IFloor
{
    public ValueTask AcceptAsync(string path, byte[] body) => ValueTask.CompletedTask;

    public void Dispose()
    {
    }
}

/// <summary>Kestrel with one handler and nothing around it.</summary>
internal static class PlainServer
{
    public const string Address = "http://127.0.0.1:0";

    /// <summary>Length of the head that the service answers an append with.</summary>
    private const int HeadLength = 320;

    public static WebApplication Build(IFloor floor)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var app = builder.Build();
        app.Lifetime.ApplicationStopped.Register(floor.Dispose);

        ReadOnlyMemory<byte> answer = new byte[HeadLength];
        app.Run(async context =>
        {
            await floor.AcceptAsync(context.Request.Path.Value!, await ReadAsync(context.Request));
            context.Response.ContentType = context.Request.ContentType;
            context.Response.ContentLength = answer.Length;
            await context.Response.BodyWriter.WriteAsync(answer);
        });
        return app;
    }

    private static async ValueTask<byte[]> ReadAsync(HttpRequest request)
    {
        var body = new byte[(int)request.ContentLength!];
        await request.Body.ReadExactlyAsync(body);
        return body;
    }
}
