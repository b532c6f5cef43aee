using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Append;

/// <summary>How an append ended.</summary>
public abstract record AppendResult
{
    private AppendResult()
    {
    }

    /// <summary>The log holds the segment, now or already before.</summary>
    public sealed record Appended(StoredHead Head) : AppendResult;

    /// <summary>What came is no segment that any log could take.</summary>
    /// <param name="Reason">One of <see cref="Refusal"/>'s names.</param>
    public sealed record Unacceptable(string Reason) : AppendResult;

    /// <summary>The signature is not the owner's over the checkpoint that these entries lead to.</summary>
    public sealed record BadSignature : AppendResult;

    /// <summary>The segment starts past the head; null when nothing was ever written.</summary>
    public sealed record Gap(StoredHead? Head) : AppendResult;

    /// <summary>The owner signed another history before; the evidence is kept.</summary>
    public sealed record Forked(Fork Fork) : AppendResult;

    /// <summary>An entry, or a reference to a segment, names content that is not stored, or not with that size.</summary>
    public sealed record UnknownContent(Cid Address) : AppendResult;

    /// <summary>Others kept changing the same log or content; nothing was stored.</summary>
    public sealed record Busy : AppendResult;
}
