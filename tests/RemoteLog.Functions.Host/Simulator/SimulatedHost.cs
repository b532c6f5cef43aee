using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>
/// What an instance of the Azure Functions host does with a custom handler, as far as the handler can tell (contract 7). One front door for HTTP, one
/// listener for each queue, one trigger for each timer, one process behind them all.
/// </summary>
internal sealed class SimulatedHost : IAsyncDisposable
{
    public const string Version = "4.1052.200.0";

    private readonly Invoker invoker;
    private readonly Proxy proxy;
    private readonly WebApplication frontDoor;

    private SimulatedHost(FunctionCatalog catalog, HostStart start)
    {
        Handler = Handler.Start(start.AppRoot, catalog.Host.Executable, start.Settings);
        invoker = new Invoker(Handler, catalog.Host.FunctionTimeout);
        proxy = new Proxy(Handler, start.ActivityTimeout);
        frontDoor = FrontDoor(catalog.Host.RoutePrefix, Live<HttpFunction>("http"));
        Queues = [.. Live<QueueFunction>(null).Select(function => new QueueListener(
            function with { IsBinary = function.IsBinary && !start.AsText }, catalog.Host, start.Messages, invoker, start.Time))];
        Timers = [.. Live<TimerFunction>(null).Select(function => new TimerTrigger(function, invoker, start.Time, start.TimerLease))];

        // Contract 6.3 and 7.20: an instance of one group has that group's triggers only. All of HTTP is a group, every other function one of its own.
        IEnumerable<T> Live<T>(string? group) where T : Function =>
            catalog.Functions.OfType<T>().Where(function => start.Group is null || start.Group == (group ?? $"function:{function.Name}"));
    }

    public Handler Handler { get; }

    public IReadOnlyList<QueueListener> Queues { get; }

    public QueueListener QueueOf(string function) => Queues.Single(queue => queue.Function.Name == function);

    public IReadOnlyList<TimerTrigger> Timers { get; }

    /// <summary>Where clients find it.</summary>
    public Uri Address { get; private set; } = null!;

    public static async Task<SimulatedHost> StartAsync(HostStart start)
    {
        var catalog = FunctionCatalog.Read(start.AppRoot);
        if (start.FunctionTimeout is { } limit) catalog = catalog.WithFunctionTimeout(limit);
        var host = new SimulatedHost(catalog, start);
        await host.frontDoor.StartAsync();
        host.Address = new Uri(host.frontDoor.Urls.Single());
        return host;
    }

    /// <summary>The instance goes, and the handler with it: SIGKILL.</summary>
    public async ValueTask DisposeAsync()
    {
        await Handler.DisposeAsync();
        foreach (var timer in Timers) timer.Dispose();
        await frontDoor.DisposeAsync();
        invoker.Dispose();
        proxy.Dispose();
    }

    /// <summary>Routes by prefix, route and method (contract 7.8). The rest, with / and /admin, never reaches the handler.</summary>
    private WebApplication FrontDoor(string prefix, IEnumerable<HttpFunction> functions)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = Proxy.MaxBodyBytes;
        });
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        foreach (var function in functions)
        {
            app.MapMethods($"/{prefix}/{function.Route}", function.Methods, function.IsAnonymous ? proxy.ForwardAsync : RefuseAsync);
        }
        app.Map("/{**path}", context => EndAsync(context, context.Request.Path == "/" ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound));
        return app;
    }

    private static Task RefuseAsync(HttpContext context) => EndAsync(context, StatusCodes.Status401Unauthorized);

    private static Task EndAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }
}
