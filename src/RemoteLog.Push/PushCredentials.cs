using RemoteLog.Push.Apns;
using RemoteLog.Push.Fcm;
using RemoteLog.Push.WebPush;

namespace RemoteLog.Push;

/// <summary>Whether that by which push services know us can be used at all: tried by itself, one service at a time, and without sending anything to any.</summary>
public static class PushCredentials
{
    private static readonly Uri Anybody = new("https://push.example/");

    /// <summary>Reads those VAPID keys that are set, and makes none.</summary>
    /// <exception cref="ArgumentException">One is none; the message says which and what to do, and does not repeat it.</exception>
    public static void CheckVapid(VapidOptions options) => VapidKeys.Check(options);

    /// <summary>Signs as for a web push service.</summary>
    /// <param name="dataFolder">Where the key is kept when none is set; null: nowhere.</param>
    /// <returns>The public key that devices subscribe with.</returns>
    /// <exception cref="ArgumentException">A key is none; the message does not repeat it.</exception>
    public static string TryVapid(VapidOptions options, string? dataFolder, TimeProvider time)
    {
        using var keys = new VapidKeys(options, dataFolder, time);
        return keys.FindHeader(string.Empty, Anybody) is null ? throw new ArgumentException("Push:Vapid:Key does not sign.", nameof(options)) : keys.Current;
    }

    /// <summary>Signs as for Apple.</summary>
    /// <exception cref="ArgumentException">The key is none, or what goes with it is missing.</exception>
    public static void TryApns(ApnsOptions options, TimeProvider time)
    {
        using var key = ApnsSender.KeyOf(options);
        new ApnsToken(key, options.KeyId, options.TeamId, time).Get();
    }

    /// <summary>Reads the account as for Google.</summary>
    /// <returns>The project it is of.</returns>
    /// <exception cref="ArgumentException">It is not the JSON of a service account with a private key.</exception>
    public static string TryFcm(FcmOptions options, TimeProvider time)
    {
        using var credential = new FcmCredential(options.Credentials, TimeSpan.FromSeconds(1), new PushTransport(), time);
        return credential.Project;
    }
}
