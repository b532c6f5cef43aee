using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Azure;

/// <summary>Where content lies for those who do not ask us for it.</summary>
public static class ContentLinks
{
    /// <summary>Container and name, as they follow the address of an account's blobs; null for content that is not kept in Azure storage.</summary>
    public static string? FindLinkPath(this IContentStore store, Cid address) => (store as SpreadContent)?.PathOf(address);

    /// <summary>A link by which anybody can read it for so long; null for content that is not kept in Azure storage. Whether it exists is not asked.</summary>
    public static async ValueTask<Uri?> FindSignedLinkAsync(
        this IContentStore store, Cid address, TimeSpan validity, CancellationToken cancellationToken) =>
        store is SpreadContent spread ? await spread.SignAsync(address, validity, cancellationToken) : null;
}
