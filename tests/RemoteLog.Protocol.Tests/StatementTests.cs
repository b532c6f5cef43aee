using System.Text;
using System.Text.Json.Serialization;

namespace RemoteLog.Protocol.Tests;

/// <summary>Checkpoints and receipts: the texts, and whose signatures hold.</summary>
public sealed class StatementTests
{
    public static IEnumerable<TheoryDataRow<StatementVector>> Checkpoints =>
        VectorFile.Rows(VectorFile.Read<CheckpointFile>("checkpoints").Checkpoints, vector => vector.Name);

    public static IEnumerable<TheoryDataRow<StatementVector>> Receipts =>
        VectorFile.Rows(VectorFile.Read<ReceiptFile>("receipts").Receipts, vector => vector.Name);

    [Theory, MemberData(nameof(Checkpoints))]
    public void A_checkpoint_is_signed_as_its_vector_says(StatementVector vector)
    {
        var checkpoint = new Checkpoint(vector.Log, vector.Sequence, new Digest(vector.Link), new Signature(vector.Signature));

        Assert.Equal(vector.Text, Encoding.UTF8.GetString(Checkpoint.Text(checkpoint.Log, checkpoint.Sequence, checkpoint.Link)));
        Assert.Equal(vector.Valid, checkpoint.Verify());
        Assert.Equal(vector.Valid, Checkpoint.Verify(checkpoint.Log, checkpoint.Sequence, checkpoint.Link, checkpoint.Signature));
    }

    [Theory, MemberData(nameof(Receipts))]
    public void A_receipt_is_signed_as_its_vector_says(StatementVector vector)
    {
        var receipt = new Receipt(Owner.Parse(vector.Signer!), DateTimeOffset.FromUnixTimeMilliseconds(vector.Time), new Signature(vector.Signature));
        var link = new Digest(vector.Link);

        Assert.Equal(vector.Text, Encoding.UTF8.GetString(Receipt.Text(vector.Log, vector.Sequence, link, receipt.Time)));
        Assert.Equal(vector.Valid, receipt.Verify(vector.Log, vector.Sequence, link));
    }

    [Fact]
    public void Every_checkpoint_is_read_as_it_was_written() =>
        Any.ForEach(Any.Checkpoint, checkpoint => Checkpoint.TryParse(checkpoint.ToArray(), out var read) && read == checkpoint);

    // The signature is the last field, so whatever is cut off is missing from it.
    [Fact]
    public void A_checkpoint_cut_short_is_refused() =>
        Any.ForEachCut(Any.Checkpoint, checkpoint => checkpoint.ToArray(), (checkpoint, cut) => !Checkpoint.TryParse(cut, out _));

    public sealed record StatementVector(
        string Name, string Owner, string Topic, long Sequence, byte[] Link, long Time, string Text, string? Signer, byte[] Signature, bool Valid)
    {
        [JsonIgnore]
        public LogName Log => LogName.Parse($"{Owner}/{Topic}");
    }

    private sealed record CheckpointFile(StatementVector[] Checkpoints);

    private sealed record ReceiptFile(StatementVector[] Receipts);
}
