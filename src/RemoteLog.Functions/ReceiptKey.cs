using RemoteLog.Protocol;

namespace RemoteLog.Functions;

/// <summary>The key that signs receipts. Readers who keep receipts know the service by it, so it must outlive the process.</summary>
internal static class ReceiptKey
{
    /// <summary>From <c>Receipts:Key</c> (a PEM), or from the data folder, where the first start makes one.</summary>
    /// <exception cref="InvalidSettingException">It is no P-256 private key, or many instances would each make their own.</exception>
    public static SigningKey Open(IConfiguration configuration, StorageOptions storage, string dataFolder)
    {
        if (configuration["Receipts:Key"] is { Length: > 0 } pem) return ServiceKeyFile.Parse(pem, "Receipts:Key", KeyCurve.P256);
        if (storage.IsShared)
        {
            throw new InvalidSettingException("Receipts:Key is not set. With Azure storage it must be, to the PEM of a P-256 private key that all instances share.");
        }
        return ServiceKeyFile.Open(dataFolder, "receipt-key.pem", KeyCurve.P256);
    }
}
