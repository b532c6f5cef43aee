using System.ComponentModel.DataAnnotations;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure;

namespace RemoteLog.Functions.Content;

/// <summary>Sends readers of content to where it lies, instead of carrying the bytes.</summary>
public sealed class ContentRedirect(ContentOptions options)
{
    /// <summary>A CDN's address rarely changes; when it does, readers notice within an hour.</summary>
    private static readonly TimeSpan CdnRemembered = TimeSpan.FromHours(1);

    /// <summary>Where the content is; null when it is to be answered from here.</summary>
    public async ValueTask<ContentPlace?> FindAsync(IContentStore store, Cid address, CancellationToken cancellationToken)
    {
        switch (options.Redirect)
        {
            case RedirectTo.Cdn when store.FindLinkPath(address) is { } path:
                return new ContentPlace($"{options.CdnUrl!.TrimEnd('/')}/{path}", $"public, max-age={CdnRemembered.TotalSeconds}");
            case RedirectTo.Signed:
                var validity = TimeSpan.FromMinutes(options.LinkMinutes);

                // Whoever follows what it remembers has at least the other half of the time left; the link is for the one who asked.
                return await store.FindSignedLinkAsync(address, validity, cancellationToken) is { } link
                    ? new ContentPlace(link.AbsoluteUri, $"private, max-age={validity.TotalSeconds / 2}")
                    : null;
            default:
                return null;
        }
    }
}

/// <summary>Where to read content.</summary>
/// <param name="CacheControl">How long this may be remembered.</param>
public sealed record ContentPlace(string Address, string CacheControl);

/// <summary>Where readers of content are sent.</summary>
public enum RedirectTo
{
    /// <summary>Nowhere: the service answers with the bytes.</summary>
    None,

    /// <summary>To a CDN in front of the storage account.</summary>
    Cdn,

    /// <summary>To the storage account itself, with a link that is valid for some minutes.</summary>
    Signed,
}

/// <summary>How content is answered.</summary>
public sealed record ContentOptions : IValidatableObject
{
    public RedirectTo Redirect { get; init; }

    /// <summary>The address whose origin is the blob endpoint of the storage account: container and name follow.</summary>
    public string? CdnUrl { get; init; }

    /// <summary>How long a signed link is valid.</summary>
    [Range(1, 60)]
    public int LinkMinutes { get; init; } = 10;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Redirect == RedirectTo.Cdn && !(Uri.TryCreate(CdnUrl, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.IsLoopback)))
        {
            yield return new ValidationResult("With Redirect=cdn, CdnUrl must be set, to an https address.");
        }
    }
}
