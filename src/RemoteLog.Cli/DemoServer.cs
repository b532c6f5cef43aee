using Microsoft.AspNetCore.Builder;
using RemoteLog.Functions;

namespace RemoteLog.Cli;

/// <summary>A server on a free port of this machine, with its data in a folder that goes with it.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string folder;

    private DemoServer(WebApplication app, string folder)
    {
        this.app = app;
        this.folder = folder;
    }

    public Uri Address => new(app.Urls.Single());

    /// <param name="folder">Where its data goes.</param>
    /// <param name="hints">The host that it may send hints to; they come as soon as they can, for somebody watches.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<DemoServer> StartAsync(string folder, string hints, CancellationToken cancellationToken)
    {
        var app = RemoteLogApp.Build([
            "--urls", "http://127.0.0.1:0", "--Data:Folder", folder, "--Logging:LogLevel:Default", "None",
            "--Push:Endpoints:Mode", "Listed", "--Push:Endpoints:Hosts", hints,
            "--Push:WindowSeconds", "1", "--Push:RecentSeconds", "0", "--Push:Pace:UnifiedPush:DebounceSeconds", "0",
        ]);
        await app.StartAsync(cancellationToken);
        return new DemoServer(app, folder);
    }

    /// <summary>Changes one bit in the middle of the largest file of stored content, as a failing disk or a dishonest operator would.</summary>
    /// <returns>The file's name.</returns>
    public string Tamper()
    {
        var file = new DirectoryInfo(folder).EnumerateFiles("baf*", SearchOption.AllDirectories).MaxBy(file => file.Length)!;
        using var stream = file.Open(FileMode.Open, FileAccess.ReadWrite);
        stream.Position = stream.Length / 2;
        var changed = (byte)(stream.ReadByte() ^ 1);
        stream.Position--;
        stream.WriteByte(changed);
        return file.Name;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
