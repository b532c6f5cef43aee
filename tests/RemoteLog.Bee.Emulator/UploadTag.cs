namespace RemoteLog.Bee.Emulator;

/// <summary>Counts what becomes of the chunks of a deferred upload.</summary>
internal sealed class UploadTag(uint uid, DateTimeOffset startedAt)
{
    public uint Uid => uid;

    public DateTimeOffset StartedAt => startedAt;

    /// <summary>The root, once somebody said so.</summary>
    public string Address { get; set; } = string.Empty;

    /// <summary>Chunks made.</summary>
    public int Split { get; set; }

    /// <summary>Chunks that had been uploaded with the same batch before, and are not pushed again.</summary>
    public int Seen { get; set; }

    /// <summary>Chunks pushed.</summary>
    public int Synced { get; set; }
}
