using System.Diagnostics.CodeAnalysis;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>
/// The spec's <c>RemoteLog</c> message with our extensions: a run of entries and the signed checkpoint after the newest. Sealed pages lie in the
/// content store in this form, and unsealed entries travel in it. A parsed page points into the bytes it came from.
/// </summary>
public sealed class Page
{
    private Page(string owner, string topic, long first, Digest before, Signature signature, Cid? tail, Entry[] entries)
    {
        Owner = owner;
        Topic = topic;
        First = first;
        Before = before;
        Signature = signature;
        Tail = tail;
        Entries = entries;
        Link = Chain.Extend(before, entries);
    }

    /// <summary>As sent.</summary>
    public string Owner { get; }

    /// <summary>As sent.</summary>
    public string Topic { get; }

    /// <summary>Sequence of the oldest entry.</summary>
    public long First { get; }

    /// <summary>Sequence of the newest entry.</summary>
    public long Last => First + Entries.Count - 1;

    /// <summary>Link before <see cref="First"/>. The signature covers it through the chain.</summary>
    public Digest Before { get; }

    /// <summary>Link after <see cref="Last"/>, computed from the entries.</summary>
    public Digest Link { get; }

    /// <summary>Said to be the owner's over the checkpoint at <see cref="Last"/>.</summary>
    public Signature Signature { get; }

    /// <summary>Address of the page before this one. The backend's word, which no signature covers.</summary>
    public Cid? Tail { get; }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>The checkpoint that this page ends in.</summary>
    public Checkpoint CheckpointOf(LogName log) => new(log, Last, Link, Signature);

    /// <summary>Whether it says to be of <paramref name="log"/>.</summary>
    public bool IsOf(LogName log) => Owner == log.Owner.Name && Topic == log.Topic.Value;

    /// <summary>Reads a serialized page. Fields from 1001 up that it does not know are passed over, as the spec's readers do.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Page? page)
    {
        page = null;
        ReadOnlyMemory<byte>? tail = null, owner = null, topic = null, before = null, signature = null;
        long? first = null, sequence = null;
        List<Entry> newestFirst = [];

        var reader = new WireReader(bytes.Span);
        for (var field = reader.NextField(); field != 0; field = reader.NextField())
        {
            switch (field)
            {
                case 1 when Pair.TryRead(bytes[reader.Bytes()], out var entry): newestFirst.Add(entry); break;
                case 2 when tail is null: tail = bytes[reader.Bytes()]; break;
                case 1001 when owner is null: owner = bytes[reader.Bytes()]; break;
                case 1002 when topic is null: topic = bytes[reader.Bytes()]; break;
                case 1003 when first is null: first = reader.Number(); break;
                case 1004 when before is null: before = bytes[reader.Bytes()]; break;
                case 1005 when sequence is null: sequence = reader.Number(); break;
                case 1006 when signature is null: signature = bytes[reader.Bytes()]; break;
                case > 1006: reader.Skip(); break;
                default: return false;
            }
        }

        if (reader.Failed || newestFirst.Count == 0 || first is not > 0 || sequence - first != newestFirst.Count - 1) return false;
        if (!WireReader.TryAscii(owner, RemoteLog.Protocol.Owner.MaxLength, out var ownerText)) return false;
        if (!WireReader.TryAscii(topic, RemoteLog.Protocol.Topic.MaxLength, out var topicText)) return false;
        if (before is not { Length: Digest.Size } || signature is not { Length: Signature.Size }) return false;
        Cid? tailAddress = null;
        if (tail is { } address)
        {
            if (!Cid.TryRead(address.Span, out var cid)) return false;
            tailAddress = cid;
        }

        newestFirst.Reverse();
        page = new Page(
            ownerText, topicText, first.Value, new Digest(before.Value.Span), new Signature(signature.Value.Span), tailAddress, [.. newestFirst]);
        return true;
    }

    /// <summary>Entries as a page carries them, newest first. A page is one or more such blocks, the newest first too, and then a <see cref="Trailer"/>.</summary>
    public static byte[] Block(IReadOnlyList<Entry> oldestFirst)
    {
        var length = 0;
        foreach (var entry in oldestFirst) length += WireWriter.MessageLength(1, Pair.LengthOf(entry));

        var block = new byte[length];
        var writer = new WireWriter(block);
        for (var i = oldestFirst.Count - 1; i >= 0; i--)
        {
            writer.Message(1, Pair.LengthOf(oldestFirst[i]));
            Pair.Write(ref writer, oldestFirst[i]);
        }
        return block;
    }

    /// <summary>What follows the entries: the page before, whose log this is, and the signed checkpoint.</summary>
    /// <param name="log">The log.</param>
    /// <param name="first">Sequence of the oldest entry.</param>
    /// <param name="before">Link before it.</param>
    /// <param name="sequence">Sequence of the newest entry.</param>
    /// <param name="signature">The owner's, over the checkpoint at <paramref name="sequence"/>.</param>
    /// <param name="tail">Address of the page before; null in the first page.</param>
    public static byte[] Trailer(LogName log, long first, in Digest before, long sequence, in Signature signature, Cid? tail)
    {
        var (owner, topic) = (log.Owner.Name, log.Topic.Value);
        var trailer = new byte[
            WireWriter.BytesLength(2, tail?.Size ?? 0) + WireWriter.BytesLength(1001, owner.Length) + WireWriter.BytesLength(1002, topic.Length)
            + WireWriter.NumberLength(1003, first) + WireWriter.BytesLength(1004, Digest.Size) + WireWriter.NumberLength(1005, sequence)
            + WireWriter.BytesLength(1006, Signature.Size)];
        var writer = new WireWriter(trailer);
        if (tail is { } address) writer.Bytes(2, address.ToArray());
        writer.Text(1001, owner);
        writer.Text(1002, topic);
        writer.Number(1003, first);
        writer.Bytes(1004, before.Span);
        writer.Number(1005, sequence);
        writer.Bytes(1006, signature.Span);
        return trailer;
    }

    /// <summary>Reads the entries of a <see cref="Block"/>, oldest first.</summary>
    /// <exception cref="FormatException">Not a block: what is stored is damaged.</exception>
    public static IReadOnlyList<Entry> ReadBlock(ReadOnlyMemory<byte> block)
    {
        List<Entry> newestFirst = [];
        var reader = new WireReader(block.Span);
        for (var field = reader.NextField(); field != 0; field = reader.NextField())
        {
            if (field == 1 && Pair.TryRead(block[reader.Bytes()], out var entry)) newestFirst.Add(entry);
            else reader.Fail();
        }
        if (reader.Failed) throw new FormatException("Stored entries are damaged.");

        newestFirst.Reverse();
        return newestFirst;
    }
}
