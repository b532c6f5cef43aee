namespace RemoteLog.Protocol.Tests;

public sealed class HeadTests
{
    private static readonly HeadFile File = VectorFile.Read<HeadFile>("heads");

    public static IEnumerable<TheoryDataRow<HeadVector>> Good => VectorFile.Rows(File.Good, vector => vector.Name);

    public static IEnumerable<TheoryDataRow<BadBytes>> Bad => VectorFile.Rows(File.Bad, vector => vector.Because);

    [Theory, MemberData(nameof(Good))]
    public void A_head_is_read_and_written_as_its_vector(HeadVector vector)
    {
        Assert.True(Head.TryParse(vector.Serialized, out var head));

        Assert.Equal(vector.ToHead(), head);
        Assert.Equal(vector.Serialized, vector.ToHead().ToArray());
        Assert.True(head.Checkpoint.Verify());
        Assert.NotEqual(false, head.Receipt?.Verify(head.Log, head.Sequence, head.Link));
    }

    [Theory, MemberData(nameof(Bad))]
    public void What_is_no_head_is_refused(BadBytes vector)
    {
        Assert.False(Head.TryParse(vector.Serialized, out var head));
        Assert.Null(head);
    }

    [Fact]
    public void Every_head_is_read_as_it_was_written() => Any.ForEach(Any.Head, head => Head.TryParse(head.ToArray(), out var read) && read == head);

    [Fact]
    public void A_head_is_read_for_the_log_it_is_of_and_for_no_other() => Any.ForEach(Any.Head, head =>
    {
        var other = new LogName(head.Log.Owner, Topic.Parse(head.Log.Topic.Value == "other" ? "another" : "other"));
        return Head.TryParse(head.ToArray(), head.Log, head.Receipt?.Signer, out var read) && read == head
            && Head.TryParse(head.ToArray(), head.Log, signer: null, out read) && read == head
            && Head.TryParse(head.ToArray(), head.Log, head.Log.Owner, out read) && read == head
            && !Head.TryParse(head.ToArray(), other, head.Receipt?.Signer, out _);
    });

    // Cut at a field's end a head is valid protobuf; the checkpoint comes first, so it has then lost nothing that is signed.
    [Fact]
    public void A_head_cut_short_is_refused_or_still_has_its_whole_checkpoint() => Any.ForEachCut(Any.Head, head => head.ToArray(), (head, bytes) =>
        !Head.TryParse(bytes, out var cut) || (cut.Checkpoint == head.Checkpoint && cut.Receipt is null && cut != head));

    [Fact]
    public void A_signed_head_with_any_bit_flipped_is_refused_or_has_the_same_checkpoint()
    {
        var (bytes, head) = (File.Good[0].Serialized, File.Good[0].ToHead());

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Head.TryParse(flipped, head.Log, signer: null, out var read) && read.Checkpoint.Verify()) Assert.Equal(head.Checkpoint, read.Checkpoint);
        }
    }

    public sealed record HeadVector(
        string Name, byte[] Serialized, string Owner, string Topic, long Sequence, byte[] Link, byte[] Signature, long Sealed, byte[]? Page, long Erased,
        long Bytes, long UpdatedAt, ReceiptVector? Receipt)
    {
        public Head ToHead() => new()
        {
            Log = LogName.Parse($"{Owner}/{Topic}"),
            Sequence = Sequence,
            Link = new Digest(Link),
            Signature = new Signature(Signature),
            Sealed = Sealed,
            Page = Page is not null && Cid.TryRead(Page, out var page) ? page : null,
            Erased = Erased,
            Bytes = Bytes,
            UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(UpdatedAt),
            Receipt = Receipt is { } receipt
                ? new Receipt(Protocol.Owner.Parse(receipt.Signer), DateTimeOffset.FromUnixTimeMilliseconds(receipt.Time), new Signature(receipt.Signature))
                : null,
        };
    }

    public sealed record ReceiptVector(string Signer, long Time, byte[] Signature);

    private sealed record HeadFile(HeadVector[] Good, BadBytes[] Bad);
}
