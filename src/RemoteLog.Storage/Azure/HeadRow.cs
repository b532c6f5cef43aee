using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Azure.Tables;

namespace RemoteLog.Storage.Azure;

/// <summary>A head in its row. Beside the head itself there is what the sweep's question is answered from, and the segments still to be dropped.</summary>
internal static class HeadRow
{
    /// <summary>Puts the row in place of the one last read.</summary>
    /// <param name="current">As last read; null: there must be none yet.</param>
    public static TableChange Change(HeadVersion? current, StoredHead next, DroppedSegments left)
    {
        var head = next.Head;
        Property[] properties =
        [
            Property.Of("owner", head.Log.Owner.Name),
            Property.Of("topic", head.Log.Topic.Value),
            Property.Of("unsealed", head.Sequence - head.Sealed),
            Property.Of("tail", next.TailBytes),
            Property.Of("head", next.Bytes),
            Property.Of("left", left.ToArray()),
        ];
        return current is null ? new TableChange.Insert(RowKeys.Head, properties) : new TableChange.Merge(RowKeys.Head, properties, current.ETag);
    }

    /// <param name="signer">Who signed the receipts seen last.</param>
    public static StoredHead Read(LogName log, TableRow row, Owner? signer)
    {
        var bytes = row.Bytes("head");
        if (!Head.TryParse(bytes, log, signer, out var head)) throw new InvalidDataException($"The stored head of {log} is damaged.");
        return new StoredHead(head, bytes, row.Number("tail"), new HeadVersion(row.ETag, DroppedSegments.Read(row.Bytes("left"))).ToString());
    }
}

/// <summary>What a change of a head must know of the one it replaces; it travels through the server as <see cref="StoredHead.Version"/>.</summary>
/// <param name="ETag">Of the row.</param>
/// <param name="Left">Rows of sealed segments that are still there.</param>
internal sealed record HeadVersion(string ETag, DroppedSegments Left)
{
    public static HeadVersion Parse(string text) => text.Split(' ', 2) is [var left, var etag]
        ? new HeadVersion(etag, DroppedSegments.Read(Convert.FromBase64String(left)))
        : throw new FormatException("Not the version of a head in Table storage.");

    public override string ToString() => $"{Convert.ToBase64String(Left.ToArray())} {ETag}";
}
