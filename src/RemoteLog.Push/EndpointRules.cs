using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using RemoteLog.Push.Http;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push;

/// <summary>
/// Which endpoints are taken. A device says where its hints go, so an endpoint is an attacker's choice: it is looked at when it is registered and before
/// each send, and its host's addresses whenever a connection is made.
/// </summary>
public sealed class EndpointRules
{
    /// <summary>Bytes of an endpoint.</summary>
    public const int MaxLength = 1000;

    private static readonly Place[] Browsers =
    [
        .. Places("fcm.googleapis.com updates.push.services.mozilla.com *.push.services.mozilla.com web.push.apple.com *.notify.windows.com *.push.apple.com"),
    ];

    /// <summary>Last labels of names that mean something in one network only.</summary>
    private static readonly string[] PrivateLabels = ["localhost", "local", "internal", "lan", "home", "corp", "arpa"];

    /// <summary>What to do about an endpoint that a stranger could aim at somebody's own network, and that is meant.</summary>
    private const string WhenItIsMeant = " On a machine or a network of one's own, the service's settings Push:Endpoints:Mode Listed and Push:Endpoints:Hosts allow it.";

    private readonly EndpointMode mode;
    private readonly List<Place> places = [];
    private readonly List<IPNetwork> ranges = [];

    /// <exception cref="ArgumentException">The list has an entry that is neither a host nor a range.</exception>
    public EndpointRules(EndpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        mode = options.Mode;
        if (mode == EndpointMode.Browsers) places.AddRange(Browsers);
        if (mode != EndpointMode.Listed) return;
        foreach (var entry in options.Hosts.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (IPNetwork.TryParse(entry, out var range)) ranges.Add(range);
            else if (Place.TryParse(entry, out var place)) places.Add(place);
            else throw new ArgumentException($"'{entry}' is neither a host nor a range of addresses.", nameof(options));
        }
    }

    /// <summary>Why an endpoint cannot be registered, in a sentence for whoever registers it; null when it can.</summary>
    public string? Check(PushChannel channel, string endpoint) => channel switch
    {
        PushChannel.WebPush or PushChannel.UnifiedPush or PushChannel.Webhook => Check(endpoint, out _),
        PushChannel.Apns or PushChannel.ApnsAlert => IsDeviceToken(endpoint) ? null : "A device token is an even number of hexadecimal digits, 200 at most.",
        PushChannel.Fcm or PushChannel.FcmHigh => IsRegistrationToken(endpoint) ? null : "A registration token is 10 to 1000 characters of A-Z a-z 0-9 : _ -.",
        _ => "There is no such channel.",
    };

    internal static bool IsDeviceToken(string token) => token.Length is > 0 and <= 200 && token.Length % 2 == 0 && token.All(char.IsAsciiHexDigit);

    internal static bool IsRegistrationToken(string token) =>
        token.Length is >= 10 and <= MaxLength && token.All(character => char.IsAsciiLetterOrDigit(character) || character is ':' or '_' or '-');

    /// <summary>A host as it is compared: what a name stands for in ASCII, in small letters, without the dot of the root.</summary>
    internal static string HostOf(Uri url) => Trim(url.IdnHost);

    /// <summary>Whether it is a known browser's push service, and so nobody's secret.</summary>
    internal static bool IsKnown(string host) => Array.Exists(Browsers, place => place.Matches(Uri.UriSchemeHttps, host, 443));

    internal bool TryParse(string endpoint, [NotNullWhen(true)] out Uri? url) => Check(endpoint, out url) is null;

    /// <summary>Whether a connection to a host may go to an address.</summary>
    internal bool Allows(IPAddress address) =>
        !ForbiddenAddresses.Contains(address)
        || ranges.Exists(range => range.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address))
        || places.Exists(place => IPAddress.TryParse(place.Host, out var listed) && listed.Equals(address));

    private static string Trim(string host)
    {
        host = host.ToLowerInvariant();
        return host.EndsWith('.') ? host[..^1] : host;
    }

    private static IEnumerable<Place> Places(string text) => text.Split(' ').Select(entry => Place.TryParse(entry, out var place) ? place : throw new FormatException(entry));

    private string? Check(string endpoint, out Uri? url)
    {
        url = null;
        if (endpoint.Length > MaxLength || Encoding.UTF8.GetByteCount(endpoint) > MaxLength) return $"An endpoint has at most {MaxLength} bytes.";

        // Parsers disagree about these, so that what is checked might not be what is called.
        if (endpoint.Any(character => character is <= ' ' or '\\' or '\x7f')) return "An endpoint has no spaces, control characters or backslashes.";
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var parsed)) return "An endpoint is an absolute URL.";
        if (parsed.Scheme != Uri.UriSchemeHttps && !(mode == EndpointMode.Listed && parsed.Scheme == Uri.UriSchemeHttp))
        {
            return "An endpoint is an https URL." + (parsed.Scheme == Uri.UriSchemeHttp ? WhenItIsMeant : "");
        }
        var authority = AuthorityOf(endpoint);
        if (parsed.UserInfo.Length > 0 || authority.Contains('@')) return "An endpoint names no user.";

        // Full-width digits, circled letters and escapes become others on the way, depending on who maps them.
        foreach (var character in authority)
        {
            if (!char.IsAsciiLetterOrDigit(character) && !".-_:[]".Contains(character)) return "A host is written in ASCII, an international name as xn--….";
        }
        if (endpoint.Contains('#')) return "An endpoint has no fragment.";

        var host = HostOf(parsed);
        if (mode == EndpointMode.Listed)
        {
            if (!places.Exists(place => place.Matches(parsed.Scheme, host, parsed.Port)))
            {
                return "The host is not one that this service sends to: its setting Push:Endpoints:Hosts does not name it, with scheme and port.";
            }
        }
        else
        {
            if (parsed.Port != 443) return "An endpoint is on port 443." + WhenItIsMeant;
            if (parsed.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 || IPAddress.TryParse(host, out _))
            {
                return "An endpoint names its host, not an address." + WhenItIsMeant;
            }
            var labels = host.Split('.');
            if (labels.Length < 2 || labels.Contains(string.Empty) || PrivateLabels.Contains(labels[^1]))
            {
                return "The host is not a public one." + WhenItIsMeant;
            }
            if (mode == EndpointMode.Browsers && !places.Exists(place => place.Matches(parsed.Scheme, host, parsed.Port)))
            {
                return "The host is not the push service of a known browser.";
            }
        }
        url = parsed;
        return null;
    }

    private static ReadOnlySpan<char> AuthorityOf(string endpoint)
    {
        var rest = endpoint.AsSpan(endpoint.IndexOf(':') + 1).TrimStart('/');
        var end = rest.IndexOfAny('/', '?', '#');
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>A host of a list, or all hosts below one, on one port.</summary>
    private sealed record Place(string Scheme, string Host, bool Below, int Port)
    {
        public static bool TryParse(string entry, [NotNullWhen(true)] out Place? place)
        {
            place = null;
            var (scheme, rest) = entry.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? ("http", entry[7..])
                : entry.StartsWith("https://", StringComparison.OrdinalIgnoreCase) ? ("https", entry[8..]) : ("https", entry);
            var below = rest.StartsWith("*.", StringComparison.Ordinal);
            if (below) rest = rest[2..];
            if (rest.AsSpan().ContainsAny("/?#@*") || !Uri.TryCreate($"{scheme}://{rest}/", UriKind.Absolute, out var url) || url.IdnHost.Length == 0) return false;
            place = new Place(scheme, HostOf(url), below, url.Port);
            return true;
        }

        /// <summary>By whole labels: neither <c>evilpush.example</c> nor <c>push.example.evil</c> is below <c>push.example</c>.</summary>
        public bool Matches(string scheme, string host, int port) =>
            scheme == Scheme && port == Port && (Below ? host.EndsWith($".{Host}", StringComparison.Ordinal) : host == Host);
    }
}
