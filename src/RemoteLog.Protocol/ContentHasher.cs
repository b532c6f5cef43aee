using System.Security.Cryptography;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Protocol;

/// <summary>The content address of what comes in pieces, of either kind.</summary>
public sealed class ContentHasher(CidKind kind) : IDisposable
{
    private readonly IncrementalHash? sha = kind == CidKind.Sha256 ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private readonly TreeHasher tree = new();

    public void Append(ReadOnlySpan<byte> content)
    {
        if (sha is null) tree.Append(content);
        else sha.AppendData(content);
    }

    /// <summary>The address of everything appended. Begins anew afterwards.</summary>
    public Cid Finish() => new(kind, sha is null ? tree.Finish() : new Digest(sha.GetHashAndReset()));

    public void Dispose() => sha?.Dispose();
}
