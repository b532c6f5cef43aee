using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Makes links by which anybody reads one blob of an account for a while, over HTTPS and without more rights than that. They are signed with a key that the
/// account gives to our identity for a day; the emulator, which does this over HTTPS only, has its own key.
/// </summary>
/// <param name="key">The emulator's; null for an account.</param>
internal sealed class LinkSigner(BlobServiceClient service, StorageSharedKeyCredential? key, TimeProvider time) : IDisposable
{
    /// <summary>A link is valid from before now, and so is the key: the account's clock may be behind ours.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>The service allows a week.</summary>
    private static readonly TimeSpan KeyLifetime = TimeSpan.FromHours(24);

    private static readonly TimeSpan RenewedBefore = TimeSpan.FromHours(12);

    private readonly SemaphoreSlim renewing = new(1);
    private volatile UserDelegationKey? delegated;

    /// <param name="validity">Minutes rather than hours: whoever has the link can read.</param>
    public async ValueTask<Uri> SignAsync(BlobBaseClient blob, TimeSpan validity, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var link = new BlobSasBuilder(BlobSasPermissions.Read, now + validity)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
            StartsOn = now - Skew,
            Protocol = key is null ? SasProtocol.Https : SasProtocol.HttpsAndHttp,

            // What lies under an address never changes, whoever hands it out.
            CacheControl = "public, max-age=31536000, immutable",
            ContentType = "application/octet-stream",
        };
        var parameters = key is null
            ? link.ToSasQueryParameters(await GetKeyAsync(now, cancellationToken), service.AccountName)
            : link.ToSasQueryParameters(key);
        return new BlobUriBuilder(blob.Uri) { Sas = parameters }.ToUri();
    }

    public void Dispose() => renewing.Dispose();

    private async ValueTask<UserDelegationKey> GetKeyAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (delegated is { } current && current.SignedExpiresOn - now > RenewedBefore) return current;

        await renewing.WaitAsync(cancellationToken);
        try
        {
            if (delegated is { } renewed && renewed.SignedExpiresOn - now > RenewedBefore) return renewed;
            return delegated = await service.GetUserDelegationKeyAsync(now - Skew, now + KeyLifetime, cancellationToken);
        }
        finally
        {
            renewing.Release();
        }
    }
}
