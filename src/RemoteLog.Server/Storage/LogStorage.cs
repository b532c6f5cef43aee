namespace RemoteLog.Server.Storage;

/// <summary>Where a service keeps everything.</summary>
/// <param name="Names">Heads, tails, page records, forks.</param>
/// <param name="Pages">Sealed pages. Apart from other content, because nothing here is ever swept.</param>
/// <param name="Content">Uploads, large entries, entries that expire.</param>
/// <param name="Uses">Who relies on what in <paramref name="Content"/>.</param>
/// <param name="Jobs">Work for later.</param>
/// <param name="Quarantine">Messages from the ingest queue that were refused.</param>
/// <param name="Devices">Who is to be woken about what.</param>
public sealed record LogStorage(
    INameRegistry Names, IContentStore Pages, IContentStore Content, IContentUses Uses, IJobQueue Jobs, IQuarantine Quarantine,
    IDeviceRegistry Devices);
