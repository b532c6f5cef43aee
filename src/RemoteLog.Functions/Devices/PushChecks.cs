using RemoteLog.Functions.Operations;
using RemoteLog.Push;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Devices;

/// <summary>What is needed to wake devices, looked at without waking any.</summary>
/// <param name="keyFolder">Where a VAPID key is kept when none is set; null where many instances would each have their own.</param>
internal sealed class PushChecks(PushOptions options, string? keyFolder, TargetSeal seal, TimeProvider time)
{
    public static void AddTo(IServiceCollection services, PushOptions options, string? keyFolder)
    {
        services.AddSingleton(provider => new PushChecks(options, keyFolder, provider.GetRequiredService<TargetSeal>(), provider.GetRequiredService<TimeProvider>()));
        Add("device-key", checks => checks.TrySeal);
        Add("web-push", checks => checks.TryVapid);
        Add("apns", checks => checks.TryApns);
        Add("fcm", checks => checks.TryFcm);

        void Add(string name, Func<PushChecks, Func<CheckFinding>> run) => services.AddSingleton(
            provider => new ServiceCheck(name, _ => new ValueTask<CheckFinding>(run(provider.GetRequiredService<PushChecks>())())));
    }

    private CheckFinding TrySeal() => seal.Check()
        ? CheckFinding.Ok(seal.KeyCount == 1
            ? "Where devices' hints go is sealed and opened again."
            : "Where devices' hints go is sealed and opened again; what the previous key sealed is opened, too.")
        : CheckFinding.Failed("What the key of devices seals it does not open.", "Restore the key that the service had before, setting Devices:Key.");

    private CheckFinding TryVapid()
    {
        if (keyFolder is null && options.Vapid.Key.Length == 0)
        {
            return CheckFinding.Skipped("No device is woken: there is no VAPID key.", "To wake devices, set Push:Vapid:Key to the PEM of a P-256 private key that all instances share.");
        }
        return Try(
            () => PushCredentials.TryVapid(options.Vapid, keyFolder, time),
            key => options.Vapid.Subject.Length > 0
                ? CheckFinding.Ok($"Browsers subscribe with {key}, and push services can reach {options.Vapid.Subject}.")
                : CheckFinding.Warning(
                    $"Browsers subscribe with {key}, but some push services refuse whoever does not say how to be reached.",
                    "Set Push:Vapid:Subject to a mailto: or https: address that you read."),
            "Restore the key that browsers have subscribed with, setting Push:Vapid:Key: with another one each of them must subscribe anew.");
    }

    private CheckFinding TryApns()
    {
        if (options.Apns.Key.Length == 0) return CheckFinding.Skipped("Apple's devices are not woken: Push:Apns:Key is not set.");
        return Try(
            () =>
            {
                PushCredentials.TryApns(options.Apns, time);
                return options.Apns.KeyId;
            },
            id => CheckFinding.Ok($"The key {id} signs, for {options.Apns.Topic}. Whether Apple knows it shows with the first hint."),
            "Set Push:Apns:Key to the .p8 as Apple gave it, and KeyId, TeamId and Topic with it. A lost key is replaced in Apple's developer account.");
    }

    private CheckFinding TryFcm()
    {
        if (options.Fcm.Credentials.Length == 0) return CheckFinding.Skipped("Devices are not woken through Google: Push:Fcm:Credentials is not set.");
        return Try(
            () => PushCredentials.TryFcm(options.Fcm, time),
            project => CheckFinding.Ok($"The account of the project {project} can sign. Whether Google knows it shows with the first hint."),
            "Set Push:Fcm:Credentials to the JSON of a service account as Google gave it, the text and not the name of a file.");
    }

    private static CheckFinding Try(Func<string> use, Func<string, CheckFinding> found, string advice)
    {
        try
        {
            return found(use());
        }
        catch (ArgumentException exception)
        {
            // Its words name the setting and never its value.
            return CheckFinding.Failed(exception.Message.Split(" (Parameter", 2)[0], advice);
        }
    }
}
