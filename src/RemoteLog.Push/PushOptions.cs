using System.ComponentModel.DataAnnotations;

namespace RemoteLog.Push;

/// <summary>How hints are carried: the settings under <c>Push</c>.</summary>
public sealed record PushOptions : IValidatableObject
{
    public VapidOptions Vapid { get; init; } = new();

    public EndpointOptions Endpoints { get; init; } = new();

    public HttpOptions Http { get; init; } = new();

    public HostOptions Hosts { get; init; } = new();

    public ApnsOptions Apns { get; init; } = new();

    public FcmOptions Fcm { get; init; } = new();

    /// <summary>Sections are checked with the whole.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        List<ValidationResult> faults = [];
        foreach (var section in new object[] { Vapid, Endpoints, Http, Hosts, Apns, Fcm })
        {
            Validator.TryValidateObject(section, new ValidationContext(section), faults, validateAllProperties: true);
        }
        return faults;
    }
}

/// <summary>As whom the service speaks to web push services (RFC 8292).</summary>
public sealed record VapidOptions
{
    /// <summary>The PEM of a P-256 private key. Subscriptions are bound to it. Empty: made and kept in the data folder.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>The key of before, until the devices that subscribed with it have changed over; empty: none.</summary>
    public string PreviousKey { get; init; } = string.Empty;

    /// <summary>Whom a push service can reach about this one's traffic: <c>mailto:</c> or <c>https:</c>. Some services refuse whoever does not say.</summary>
    [RegularExpression("(mailto:[^@]+@[^@]+[.][^@]+|https://[^/]+[.].+)", ErrorMessage = "Vapid:Subject must be a mailto: or https: address that works.")]
    public string Subject { get; init; } = string.Empty;
}

/// <summary>Which endpoints devices may register.</summary>
public sealed record EndpointOptions
{
    public EndpointMode Mode { get; init; } = EndpointMode.Public;

    /// <summary>
    /// For <see cref="EndpointMode.Listed"/>, with spaces or commas between: hosts (<c>push.example</c>, <c>*.push.example</c>, <c>push.lan:8443</c>,
    /// <c>http://push.lan:8080</c>) and the ranges of otherwise forbidden addresses they may have (<c>192.168.0.0/16</c>).
    /// </summary>
    public string Hosts { get; init; } = string.Empty;
}

/// <summary>Which endpoints devices may register.</summary>
public enum EndpointMode
{
    /// <summary>Only the push services of the known browsers.</summary>
    Browsers,

    /// <summary>Any host on the public internet.</summary>
    Public,

    /// <summary>Only those that the operator lists; they may be private.</summary>
    Listed,
}

/// <summary>How long the far side may take, in seconds.</summary>
public sealed record HttpOptions
{
    [Range(1, 60)]
    public int ConnectSeconds { get; init; } = 5;

    [Range(1, 120)]
    public int RequestSeconds { get; init; } = 10;

    [Range(1, 120)]
    public int WebhookSeconds { get; init; } = 15;

    /// <summary>After which a connection is opened anew, so that a host that moved, or became forbidden, is noticed.</summary>
    [Range(10, 3600)]
    public int ConnectionSeconds { get; init; } = 300;
}

/// <summary>What one host is sent, and when it is left alone.</summary>
public sealed record HostOptions
{
    /// <summary>Requests at once to one host that devices named.</summary>
    [Range(1, 1000)]
    public int InFlight { get; init; } = 8;

    /// <summary>Requests a second to one host that devices named. Halved when it says that they are too many.</summary>
    [Range(1, 100_000)]
    public int PerSecond { get; init; } = 20;

    /// <summary>Seconds after which a halved rate is the full one again.</summary>
    [Range(1, 24 * 3600)]
    public int RecoverySeconds { get; init; } = 600;

    /// <summary>For how long to leave a host alone that says "too many" and not for how long.</summary>
    [Range(1, 3600)]
    public int PauseSeconds { get; init; } = 60;

    /// <summary>Failures in a row after which a host counts as broken.</summary>
    [Range(1, 10_000)]
    public int Failures { get; init; } = 20;

    /// <summary>Seconds between tries of a host that is broken or does not accept us.</summary>
    [Range(1, 3600)]
    public int ProbeSeconds { get; init; } = 60;

    /// <summary>Minutes for which a success shows that it is not us whom the host refuses, and over which registrations reported gone are counted.</summary>
    [Range(1, 24 * 60)]
    public int WindowMinutes { get; init; } = 10;

    /// <summary>Of a hundred sends, how many may say "gone" before that is doubted.</summary>
    [Range(1, 100)]
    public int GonePercent { get; init; } = 20;

    /// <summary>Sends before a share of them says anything.</summary>
    [Range(1, 100_000)]
    public int GoneMinimum { get; init; } = 50;

    /// <summary>Hosts remembered at once; beyond that the quiet ones are forgotten.</summary>
    [Range(100, 10_000_000)]
    public int Remembered { get; init; } = 10_000;
}

/// <summary>Apple's push service. Configured when the key is set.</summary>
public sealed record ApnsOptions
{
    /// <summary>The PEM (.p8) that Apple gave.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>The key's ten characters.</summary>
    public string KeyId { get; init; } = string.Empty;

    public string TeamId { get; init; } = string.Empty;

    /// <summary>The app's bundle id, where a device names no other.</summary>
    public string Topic { get; init; } = string.Empty;

    public ApnsEnvironment Environment { get; init; } = ApnsEnvironment.Production;

    /// <summary>Requests at once.</summary>
    [Range(1, 1000)]
    public int InFlight { get; init; } = 80;

    /// <summary>Minutes after which a hint is tried again when the service itself failed.</summary>
    [Range(1, 60)]
    public int RetryMinutes { get; init; } = 15;

    /// <summary>The app's localised text that a visible hint shows.</summary>
    public string AlertText { get; init; } = "REMOTELOG_NEWS";
}

/// <summary>Where Apple's devices are reached.</summary>
public enum ApnsEnvironment
{
    Production,

    Sandbox,

    /// <summary>Production first; the sandbox for a device that production does not know.</summary>
    Both,
}

/// <summary>Firebase Cloud Messaging. Configured when the credentials are set.</summary>
public sealed record FcmOptions
{
    /// <summary>The service account's JSON, as Google gave it.</summary>
    public string Credentials { get; init; } = string.Empty;

    /// <summary>Messages a second: the project's quota is 600,000 a minute.</summary>
    [Range(1, 10_000)]
    public int PerSecond { get; init; } = 5_000;

    /// <summary>Seconds after a pause until the full rate.</summary>
    [Range(1, 3600)]
    public int RampUpSeconds { get; init; } = 60;
}
