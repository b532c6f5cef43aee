using System.Globalization;
using System.Text.Json;
using RemoteLog.Functions;

namespace RemoteLog.Bench.Servers;

/// <summary>
/// The child's side of a <see cref="ServerProcess"/>: serves until its standard input ends, as it also does when the parent dies, and takes its
/// folder with it.
/// </summary>
internal static class ServeCommand
{
    /// <summary>Before the port, in the line that says that the server is ready.</summary>
    public const string Ready = "listening on ";

    public static async Task RunAsync(ServerKind kind, DirectoryInfo folder, string[] settings)
    {
        await ServeAsync(kind, folder.FullName, settings);
        folder.Delete(recursive: true);
    }

    private static async Task ServeAsync(ServerKind kind, string folder, string[] settings)
    {
        await using var app = kind switch
        {
            ServerKind.Bare => PlainServer.Build(new NoFloor()),
            ServerKind.Floor => PlainServer.Build(new CheckAndSync(folder)),
            _ => RemoteLogApp.Build(["--urls", PlainServer.Address, "--Data:Folder", folder, "--Logging:LogLevel:Default", "Warning", .. settings]),
        };
        await app.StartAsync();
        Console.WriteLine(Ready + new Uri(app.Urls.Single()).Port.ToString(CultureInfo.InvariantCulture));

        // Every line asks how the server is doing; over HTTP the question would be part of what is measured.
        while (Console.ReadLine() is not null) Console.WriteLine(JsonSerializer.Serialize(ServerStats.Now()));
        await app.StopAsync();
    }
}
