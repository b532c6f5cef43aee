using FsCheck;
using FsCheck.Fluent;
using RemoteLog.Protocol.Mvds;

namespace RemoteLog.Protocol.Tests;

/// <summary>Generators of valid values. Signatures are arbitrary bytes: whether they hold is for the tests that sign.</summary>
internal static class Any
{
    private const string TopicLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    private static readonly Config Quiet = Config.QuickThrowOnFailure.WithQuietOnSuccess(true);

    private static readonly long LastMillisecond = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private static readonly Gen<byte> Byte = Gen.Choose(0, 255).Select(value => (byte)value);

    public static readonly Gen<byte[]> Bytes = Byte.ArrayOf();

    private static readonly Gen<ReadOnlyMemory<byte>> Memory = Bytes.Select(bytes => new ReadOnlyMemory<byte>(bytes));

    public static readonly Gen<Digest> Digest = Byte.ArrayOf(Protocol.Digest.Size).Select(bytes => new Digest(bytes));

    public static readonly Gen<Signature> Signature = Byte.ArrayOf(Protocol.Signature.Size).Select(bytes => new Signature(bytes));

    public static readonly Gen<Cid> Cid =
        from kind in Gen.Elements(CidKind.Sha256, CidKind.Swarm)
        from hash in Digest
        select new Cid(kind, hash);

    public static readonly Gen<Owner> Owner = Gen.Elements(VectorKeys.Names.Select(Protocol.Owner.Parse).ToArray());

    public static readonly Gen<Topic> Topic = Gen.Choose(1, Protocol.Topic.MaxLength)
        .SelectMany(length => Gen.Elements(TopicLetters.ToCharArray()).ArrayOf(length))
        .Select(letters => new string(letters))
        .Where(text => text is not ("." or ".."))
        .Select(Protocol.Topic.Parse);

    public static readonly Gen<LogName> Log =
        from owner in Owner
        from topic in Topic
        select new LogName(owner, topic);

    /// <summary>Numbers of every length that a varint can have.</summary>
    public static Gen<long> Number(long least, long most) =>
        from shift in Gen.Choose(0, 62)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        select Math.Clamp((((long)high << 32) | (uint)low) >> shift, least, most);

    public static readonly Gen<DateTimeOffset> Time = Number(0, LastMillisecond).Select(DateTimeOffset.FromUnixTimeMilliseconds);

    public static readonly Gen<EntryHeader> Header =
        from id in Memory
        from expires in Gen.OneOf(Gen.Constant((DateTimeOffset?)null), Number(1, LastMillisecond).Select(time => (DateTimeOffset?)DateTimeOffset.FromUnixTimeMilliseconds(time)))
        from parents in Memory.ListOf()
        select new EntryHeader { Id = id, ExpiresAt = expires, Parents = [.. parents] };

    private static readonly Gen<byte[]> HeaderBytes = Gen.Frequency((1, Gen.Constant(Array.Empty<byte>())), (2, Header.Select(header => header.ToArray())));

    private static readonly Gen<Entry> Embedded =
        from data in Bytes
        from header in HeaderBytes
        select Entry.Embedded(data, header);

    private static readonly Gen<Entry> Addressed =
        from digest in Digest
        from reference in Cid
        from size in Number(0, long.MaxValue)
        from header in HeaderBytes
        select Entry.At(reference.Kind == CidKind.Swarm ? reference : new Cid(CidKind.Sha256, digest), digest, size, header);

    private static readonly Gen<Entry> Forgotten =
        from digest in Digest
        from size in Number(0, long.MaxValue)
        from header in HeaderBytes
        select Entry.Forgotten(digest, size, header);

    private static Gen<Entry[]> SomeOf(params Gen<Entry>[] kinds) => Gen.OneOf(kinds).NonEmptyListOf().Select(entries => entries.ToArray());

    public static readonly Gen<Run> SegmentRun = RunOf(SomeOf(Embedded, Addressed), Gen.Constant((Cid?)null));

    public static readonly Gen<Run> PageRun = RunOf(SomeOf(Embedded, Addressed, Forgotten), Gen.OneOf(Gen.Constant((Cid?)null), Cid.Select(cid => (Cid?)cid)));

    public static readonly Gen<Receipt> Receipt =
        from signer in Owner
        from time in Time
        from signature in Signature
        select new Receipt(signer, time, signature);

    public static readonly Gen<Checkpoint> Checkpoint =
        from log in Log
        from sequence in Number(1, long.MaxValue)
        from link in Digest
        from signature in Signature
        select new Checkpoint(log, sequence, link, signature);

    public static readonly Gen<Head> Head =
        from checkpoint in Checkpoint
        from withReceipt in Gen.Elements(true, false)
        from receipt in Receipt
        from @sealed in Number(0, checkpoint.Sequence)
        from erased in Number(0, checkpoint.Sequence)
        from bytes in Number(0, long.MaxValue)
        from page in Cid
        from updatedAt in Time
        select new Head
        {
            Log = checkpoint.Log,
            Sequence = checkpoint.Sequence,
            Link = checkpoint.Link,
            Signature = checkpoint.Signature,
            Sealed = @sealed,
            Page = @sealed == 0 ? null : page,
            Erased = erased,
            Bytes = bytes,
            UpdatedAt = updatedAt,
            Receipt = withReceipt ? receipt : null,
        };

    public static readonly Gen<Fork> Fork =
        from kept in Checkpoint
        from refused in Checkpoint
        from link in Digest
        from steps in Digest.Two().ListOf()
        from seenAt in Time
        select new Fork(kept, refused, link, [.. steps.Select(step => new ForkStep(step.Item1, step.Item2))], seenAt);

    public static readonly Gen<HintTag> Tag = Byte.ArrayOf(HintTag.Size).Select(bytes => new HintTag(bytes));

    private static readonly Gen<MovedTag> MovedTag =
        from tag in Tag
        from sequence in Number(0, long.MaxValue)
        select new MovedTag(tag, sequence);

    private static Gen<string> Printable(int least, int most) =>
        Gen.Choose(least, most).SelectMany(length => Gen.Choose('!', '~').Select(letter => (char)letter).ArrayOf(length)).Select(letters => new string(letters));

    private static readonly Gen<DeviceStatement> Register =
        from device in Owner
        from number in Number(1, long.MaxValue)
        from channel in Printable(1, 32)
        from endpoint in Printable(1, 100)
        from app in Printable(0, 20)
        from hasKey in Gen.Elements(true, false)
        from key in Byte.ArrayOf(Protocol.DeviceStatement.PublicKeySize)
        from length in Gen.Choose(0, Protocol.DeviceStatement.MaxSecret)
        from secret in Byte.ArrayOf(length)
        from minutes in Number(0, int.MaxValue)
        select (DeviceStatement)new DeviceStatement.Register(device, number, channel, endpoint, app, hasKey ? key : [], secret, (int)minutes);

    private static readonly Gen<DeviceStatement> AboutALog =
        from device in Owner
        from number in Number(1, long.MaxValue)
        from log in Log
        from tag in Tag
        from follows in Gen.Elements(true, false)
        select follows ? (DeviceStatement)new DeviceStatement.Follow(device, number, log, tag) : new DeviceStatement.Unfollow(device, number, log);

    private static readonly Gen<DeviceStatement> Short =
        from device in Owner
        from number in Number(1, long.MaxValue)
        from has in MovedTag.ListOf()
        from kind in Gen.Choose(0, 2)
        select kind switch
        {
            0 => (DeviceStatement)new DeviceStatement.Seen(device, number, [.. has]),
            1 => new DeviceStatement.Unregister(device, number),
            _ => new DeviceStatement.AskStatus(device, number),
        };

    public static readonly Gen<DeviceStatement> DeviceStatement =
        from statement in Gen.OneOf(Register, AboutALog, Short)
        from signature in Signature
        select statement with { Signature = signature };

    public static readonly Gen<DeviceStatus> DeviceStatus =
        from device in Owner
        from number in Number(0, long.MaxValue)
        from channel in Printable(0, 32)
        from confirmed in Gen.Elements(true, false)
        from minutes in Number(0, int.MaxValue)
        from follows in Tag.ListOf()
        select new DeviceStatus(device, number, channel, confirmed, (int)minutes, [.. follows]);

    public static readonly Gen<PushOffer> PushOffer =
        from key in Printable(0, 90)
        from channels in Printable(1, 32).ListOf()
        select new PushOffer(key, [.. channels]);

    private static readonly Gen<PageRecord> PageRecord =
        from last in Number(1, long.MaxValue)
        from first in Number(1, last)
        from address in Cid
        from size in Number(0, long.MaxValue)
        select new PageRecord(first, last, address, size);

    public static readonly Gen<PageIndex> PageIndex =
        from pages in PageRecord.ListOf()
        from more in Gen.Elements(true, false)
        select new PageIndex([.. pages], more);

    private static readonly Gen<MvdsMessage> MvdsMessage =
        from groupId in Byte.ArrayOf(Mvds.MvdsMessage.GroupIdSize)
        from timestamp in Number(0, long.MaxValue)
        from early in Gen.Elements(true, false)
        from body in Memory
        from parents in Memory.ListOf()
        from ephemeral in Gen.Elements(true, false)
        select new MvdsMessage(groupId, early ? -timestamp : timestamp, body) { Parents = [.. parents], Ephemeral = ephemeral };

    public static readonly Gen<MvdsPayload> MvdsPayload =
        from acks in Memory.ListOf()
        from offers in Memory.ListOf()
        from requests in Memory.ListOf()
        from messages in MvdsMessage.ListOf()
        select new MvdsPayload { Acks = [.. acks], Offers = [.. offers], Requests = [.. requests], Messages = [.. messages] };

    /// <summary>Valid bytes with a few changed, taken out or put in: they get further into a parser than arbitrary ones.</summary>
    public static Gen<byte[]> Damaged(Gen<byte[]> valid) =>
        from bytes in valid
        from edits in (from at in Gen.Choose(0, int.MaxValue) from kind in Gen.Choose(0, 2) from value in Byte select (at, kind, value)).NonEmptyListOf()
        select edits.Aggregate(bytes, (current, edit) => Edit(current, edit.at % (current.Length + 1), edit.kind, edit.value));

    /// <summary>Checks a claim for many values; the seed of a failure is in its message.</summary>
    public static void ForEach<T>(Gen<T> values, Func<T, bool> claim) => Prop.ForAll(values.ToArbitrary(), claim).Check(Quiet);

    /// <summary>Checks a claim about what is left of a value's bytes when they are cut anywhere before their end.</summary>
    public static void ForEachCut<T>(Gen<T> values, Func<T, byte[]> write, Func<T, byte[], bool> claim)
    {
        var cuts =
            from value in values
            let bytes = write(value)
            where bytes.Length > 0
            from length in Gen.Choose(0, bytes.Length - 1)
            select (value, bytes[..length]);
        Prop.ForAll(cuts.ToArbitrary(), cut => claim(cut.value, cut.Item2)).Check(Quiet.WithMaxTest(1000));
    }

    private static byte[] Edit(byte[] bytes, int at, int kind, byte value) => kind switch
    {
        0 when at < bytes.Length => [.. bytes[..at], value, .. bytes[(at + 1)..]],
        1 when at < bytes.Length => [.. bytes[..at], .. bytes[(at + 1)..]],
        _ => [.. bytes[..at], value, .. bytes[at..]],
    };

    private static Gen<Run> RunOf(Gen<Entry[]> some, Gen<Cid?> tails) =>
        from log in Log
        from first in Number(1, long.MaxValue - 1000)
        from entries in some
        from before in Digest
        from signature in Signature
        from tail in tails
        select new Run(log, first, entries, before, signature, tail);
}
