using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>Where one page is and what it holds.</summary>
/// <param name="First">Sequence of its oldest entry.</param>
/// <param name="Last">Sequence of its newest entry.</param>
/// <param name="Address">Its content address.</param>
/// <param name="Size">Its length in bytes.</param>
public readonly record struct PageRecord(long First, long Last, Cid Address, long Size);

/// <summary>The pages of a log, oldest first.</summary>
/// <param name="Pages">The pages.</param>
/// <param name="More">Whether there are more: ask again after the last one's <see cref="PageRecord.Last"/>.</param>
public sealed record PageIndex(IReadOnlyList<PageRecord> Pages, bool More)
{
    /// <summary>Reads the protobuf form.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out PageIndex? index)
    {
        index = null;
        if (!ProtobufMessage.TryParse<Messages.PageIndex>(Messages.PageIndex.Descriptor, bytes, out var message)) return false;

        var pages = new List<PageRecord>(message.Pages.Count);
        foreach (var page in message.Pages)
        {
            if (page.First == 0 || page.Sequence < page.First || page.Sequence > long.MaxValue || page.Size > long.MaxValue) return false;
            if (!Cid.TryRead(page.Page.Span, out var address)) return false;
            pages.Add(new PageRecord((long)page.First, (long)page.Sequence, address, (long)page.Size));
        }
        index = new PageIndex(pages, message.More);
        return true;
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray()
    {
        var message = new Messages.PageIndex { More = More };
        foreach (var page in Pages)
        {
            message.Pages.Add(new Messages.PageEntry
            {
                First = (ulong)page.First,
                Sequence = (ulong)page.Last,
                Page = ByteString.CopyFrom(page.Address.ToArray()),
                Size = (ulong)page.Size,
            });
        }
        return message.ToByteArray();
    }
}
