using System.Diagnostics;
using RemoteLog.Protocol;

namespace RemoteLog.Server.Append;

/// <summary>Why a segment is not appended, by names that never change: devices are told them, and the quarantine keeps them.</summary>
public static class Refusal
{
    public const string MalformedBody = "malformed-body";
    public const string FirstIsZero = "first-is-zero";
    public const string EmptySegment = "empty-segment";
    public const string EntryTooLarge = "entry-too-large";
    public const string SegmentTooLarge = "segment-too-large";
    public const string BodyTooLarge = "body-too-large";
    public const string InvalidAddress = "invalid-address";
    public const string UnknownOwner = "unknown-owner";
    public const string UnknownTopic = "unknown-topic";
    public const string UnknownContent = "unknown-content";
    public const string BadSignature = "bad-signature";
    public const string Gap = "gap";
    public const string Fork = "fork";
    public const string Busy = "busy";
    public const string Internal = "internal";

    public static string Of(SegmentFault fault) => fault switch
    {
        SegmentFault.Malformed => MalformedBody,
        SegmentFault.FirstIsZero => FirstIsZero,
        SegmentFault.Empty => EmptySegment,
        SegmentFault.EntryTooLarge => EntryTooLarge,
        SegmentFault.SegmentTooLarge or SegmentFault.TooManyEntries => SegmentTooLarge,
        _ => throw new UnreachableException(),
    };

    /// <param name="result">Any but an append.</param>
    public static string Of(AppendResult result) => result switch
    {
        AppendResult.Unacceptable(var reason) => reason,
        AppendResult.BadSignature => BadSignature,
        AppendResult.Gap => Gap,
        AppendResult.Forked => Fork,
        AppendResult.UnknownContent => UnknownContent,
        AppendResult.Busy => Busy,
        _ => throw new UnreachableException(),
    };
}
