using RemoteLog.Functions;
using RemoteLog.Storage.Embedded;

try
{
    await using var app = RemoteLogApp.Build(args);
    app.Lifetime.ApplicationStarted.Register(() => RemoteLogApp.Greet(app));
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (exception is InvalidSettingException or DataFolderInUseException or NewerSchemaException or IOException or UnauthorizedAccessException)
{
    // Never 0: the Functions host does not restart a handler that exits with 0.
    await Console.Error.WriteLineAsync($"RemoteLog cannot start: {exception.Message}");
    return 1;
}
