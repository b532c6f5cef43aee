using Microsoft.AspNetCore.Connections;
using RemoteLog.Functions;
using RemoteLog.Functions.Operations;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Embedded;

if (args is [Probe.Argument, .. var settings]) return await Probe.RunAsync(settings);

try
{
    await using var app = RemoteLogApp.Build(args);
    app.Lifetime.ApplicationStarted.Register(() => RemoteLogApp.Greet(app));
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (exception
    is InvalidSettingException or DataFolderInUseException or NewerSchemaException or StorageUnavailableException or IOException or UnauthorizedAccessException)
{
    // Never 0: the Functions host does not restart a handler that exits with 0.
    var advice = exception.InnerException is AddressInUseException ? " Another program has it: choose another address with --urls http://127.0.0.1:PORT." : "";
    await Console.Error.WriteLineAsync($"RemoteLog cannot start: {exception.Message}{advice}");
    return 1;
}
