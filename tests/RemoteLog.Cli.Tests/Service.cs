using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using RemoteLog.Functions;
using RemoteLog.Server.Storage;

namespace RemoteLog.Cli.Tests;

/// <summary>The real app, on a port of its own, with its data in a folder that goes with it.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly TemporaryFolder folder;
    private readonly WebApplication app;

    private Service(TemporaryFolder folder, WebApplication app)
    {
        this.folder = folder;
        this.app = app;
    }

    /// <summary>Its storage, for what comes from elsewhere than over HTTP.</summary>
    public LogStorage Storage => app.Services.GetRequiredService<LogStorage>();

    public string Address => app.Urls.Single();

    public string DataFolder => folder.Path;

    /// <summary>A part of it, for what it does when nobody asks.</summary>
    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static async Task<Service> StartAsync(params string[] settings)
    {
        var folder = new TemporaryFolder();
        var app = RemoteLogApp.Build(["--urls", "http://127.0.0.1:0", "--Data:Folder", folder.Path, "--Logging:LogLevel:Default", "Warning", .. settings]);
        await app.StartAsync();
        return new Service(folder, app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        folder.Dispose();
    }
}
