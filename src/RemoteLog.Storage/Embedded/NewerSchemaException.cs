namespace RemoteLog.Storage.Embedded;

/// <summary>The database was written by a newer version of RemoteLog, and nothing was changed in it.</summary>
public sealed class NewerSchemaException(string file, long found, int known) : InvalidOperationException(
    $"The database {file} has schema {found}, and this version of RemoteLog knows schemas up to {known}. "
    + "Run a version at least as new as the one that wrote it, or restore a copy of the folder from before the upgrade.")
{
    /// <summary>The schema of the database.</summary>
    public long Found { get; } = found;

    /// <summary>The newest schema this version can work with.</summary>
    public int Known { get; } = known;
}
