using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Storage.Azure;

/// <summary>The emulator's account, the only one that is spoken to with a key: everybody knows it, and it is answered for on this machine alone.</summary>
internal sealed record Emulator(string Account, string Key, Uri Blobs, Uri Queues, Uri Tables)
{
    private const string WellKnownAccount = "devstoreaccount1";

    private const string WellKnownKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>Reads a connection string; false for what is none, such as the name of an account.</summary>
    /// <exception cref="ArgumentException">A connection string of anything but the emulator.</exception>
    public static bool TryParse(string text, [NotNullWhen(true)] out Emulator? emulator)
    {
        emulator = null;
        if (!text.Contains('=', StringComparison.Ordinal)) return false;
        Dictionary<string, string> fields = new(StringComparer.OrdinalIgnoreCase);
        foreach (var field in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = field.Split('=', 2);
            fields[parts[0]] = parts.Length == 2 ? parts[1] : string.Empty;
        }

        if (fields is { Count: 1 } && fields.GetValueOrDefault("UseDevelopmentStorage") == "true")
        {
            emulator = new Emulator(WellKnownAccount, WellKnownKey, Local(10000), Local(10001), Local(10002));
            return true;
        }
        if (fields.GetValueOrDefault("AccountName") == WellKnownAccount
            && TryLoopback(fields, "BlobEndpoint", out var blobs) && TryLoopback(fields, "QueueEndpoint", out var queues)
            && TryLoopback(fields, "TableEndpoint", out var tables))
        {
            emulator = new Emulator(WellKnownAccount, WellKnownKey, blobs, queues, tables);
            return true;
        }

        // Without the text itself: a key may be in it, and this may end in a log.
        throw new ArgumentException(
            "A connection string is only taken for the emulator on this machine. Name the storage account instead, and give the service's identity access to it.");
    }

    private static Uri Local(int port) => new($"http://127.0.0.1:{port}/{WellKnownAccount}");

    private static bool TryLoopback(Dictionary<string, string> fields, string name, [NotNullWhen(true)] out Uri? endpoint) =>
        Uri.TryCreate(fields.GetValueOrDefault(name), UriKind.Absolute, out endpoint) && endpoint.IsLoopback;
}
