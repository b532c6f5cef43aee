using System.Diagnostics.CodeAnalysis;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>
/// A log's newest state as a mirror keeps it: <c>{ Head head = 1; RemoteLog newest = 2 }</c>. From here a reader walks the log without anybody's help:
/// through the newest entries, whose <c>tail</c> is the newest page, and on through the pages.
/// </summary>
/// <param name="Head">With the owner's signature, as everything in here is to be held against it.</param>
/// <param name="Newest">The entries that are in no page yet, as a serialized <see cref="Page"/>; null when every entry is in one.</param>
public sealed record MirrorMessage(Head Head, ReadOnlyMemory<byte>? Newest)
{
    /// <summary>Reads a mirror's message about <paramref name="log"/>; false also when it is about another, or its two parts do not fit each other.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, LogName log, [NotNullWhen(true)] out MirrorMessage? message)
    {
        message = null;
        ReadOnlyMemory<byte>? headBytes = null, newest = null;
        var reader = new WireReader(bytes.Span);
        for (var field = reader.NextField(); field != 0; field = reader.NextField())
        {
            switch (field)
            {
                case 1 when headBytes is null: headBytes = bytes[reader.Bytes()]; break;
                case 2 when newest is null: newest = bytes[reader.Bytes()]; break;
                case > 2: reader.Skip(); break;
                default: return false;
            }
        }
        if (reader.Failed || headBytes is null || !Head.TryParse(headBytes.Value.Span, log, signer: null, out var head)) return false;

        if (newest is { } unsealed)
        {
            if (!Page.TryParse(unsealed, out var page) || !page.IsOf(log)) return false;
            if (page.Last != head.Sequence || page.Link != head.Link || page.First != head.Sealed + 1 || page.Tail != head.Page) return false;
        }
        else if (head.Sealed != head.Sequence || head.Page is null)
        {
            return false;
        }
        message = new MirrorMessage(head, newest);
        return true;
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray()
    {
        var head = Head.ToArray();
        var bytes = new byte[WireWriter.BytesLength(1, head.Length) + WireWriter.BytesLength(2, Newest?.Length ?? 0)];
        var writer = new WireWriter(bytes);
        writer.Bytes(1, head);
        if (Newest is { } newest) writer.Bytes(2, newest.Span);
        return bytes;
    }
}
