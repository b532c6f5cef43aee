using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// Signs for an owner. It takes the whole text, not its hash, and never shows the private key, so a key that cannot leave its chip
/// (Secure Enclave, StrongBox, TPM) can stand behind it.
/// </summary>
public interface ILogKey
{
    /// <summary>The public half, which names the logs that this key writes.</summary>
    Owner Owner { get; }

    /// <summary>Signs <paramref name="text"/>: ECDSA on P-256 with SHA-256, 64 bytes r || s.</summary>
    ValueTask<Signature> SignAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken);
}
