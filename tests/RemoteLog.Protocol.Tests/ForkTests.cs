using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

public sealed class ForkTests
{
    private static readonly ForkFile File = VectorFile.Read<ForkFile>("forks");

    public static IEnumerable<TheoryDataRow<ForkVector>> Proofs => VectorFile.Rows(File.Proofs, vector => vector.Name);

    public static IEnumerable<TheoryDataRow<ForkVector>> Nothing => VectorFile.Rows(File.Nothing, vector => vector.Name);

    public static IEnumerable<TheoryDataRow<BadBytes>> Bad => VectorFile.Rows(File.Bad, vector => vector.Because);

    [Theory, MemberData(nameof(Proofs))]
    public void Two_signed_histories_are_a_proof(ForkVector vector) => Assert.True(Read(vector).Verify());

    [Theory, MemberData(nameof(Nothing))]
    public void What_the_owner_did_not_sign_twice_proves_nothing(ForkVector vector) => Assert.False(Read(vector).Verify());

    [Theory, MemberData(nameof(Bad))]
    public void What_is_no_fork_is_refused(BadBytes vector)
    {
        Assert.False(Fork.TryParse(vector.Bytes, out var fork));
        Assert.Null(fork);
    }

    [Fact]
    public void A_list_holds_the_proofs_in_order()
    {
        Assert.True(ForkList.TryParse(File.List, out var forks));

        Assert.True(Same.Lists([.. File.Proofs.Select(proof => proof.ToFork())], forks, Same.Forks));
        Assert.Equal(File.List, ForkList.ToArray(forks));
    }

    [Fact]
    public void Every_fork_is_read_as_it_was_written() =>
        Any.ForEach(Any.Fork, fork => Fork.TryParse(fork.ToArray(), out var read) && Same.Forks(fork, read) && read.ToArray().AsSpan().SequenceEqual(fork.ToArray()));

    [Fact]
    public void Every_list_is_read_as_it_was_written() =>
        Any.ForEach(Any.Fork.ListOf(), forks => ForkList.TryParse(ForkList.ToArray(forks), out var read) && Same.Lists([.. forks], read, Same.Forks));

    // Cut at a field's end a fork is valid protobuf. Without a step it proves nothing; without the time, the last field and the service's own word, it still does.
    [Fact]
    public void A_proof_cut_short_is_refused_or_proves_nothing_or_has_lost_only_its_time()
    {
        Assert.All(File.Proofs, vector =>
        {
            for (var length = 0; length < vector.Bytes.Length; length++)
            {
                if (Fork.TryParse(vector.Bytes.AsSpan(0, length), out var cut) && cut.Verify())
                {
                    Assert.True(Same.Forks(vector.ToFork() with { SeenAt = DateTimeOffset.UnixEpoch }, cut));
                }
            }
        });
    }

    [Fact]
    public void A_list_cut_short_is_refused_or_has_only_whole_forks() => Any.ForEachCut(Any.Fork.NonEmptyListOf(), ForkList.ToArray, (forks, bytes) =>
        !ForkList.TryParse(bytes, out var cut) || (cut.Count < forks.Count && Same.Lists([.. forks.Take(cut.Count)], cut, Same.Forks)));

    [Fact]
    public void A_proof_with_any_bit_flipped_is_refused_or_proves_nothing_or_proves_the_same_at_another_time()
    {
        var (bytes, fork) = (File.Proofs[1].Bytes, File.Proofs[1].ToFork());

        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Fork.TryParse(flipped, out var read) && read.Verify()) Assert.True(Same.Forks(fork, read with { SeenAt = fork.SeenAt }));
        }
    }

    private static Fork Read(ForkVector vector)
    {
        Assert.True(Fork.TryParse(vector.Bytes, out var fork));
        Assert.True(Same.Forks(vector.ToFork(), fork));
        Assert.Equal(vector.Bytes, vector.ToFork().ToArray());
        return fork;
    }

    public sealed record ForkVector(string Name, byte[] Bytes, CheckpointVector Kept, CheckpointVector Refused, byte[] Link, byte[][] Steps, long SeenAt)
    {
        public Fork ToFork() => new(
            Kept.ToCheckpoint(), Refused.ToCheckpoint(), new Digest(Link), [.. Steps.Select(step => new ForkStep(new Digest(step.AsSpan(0, 32)), new Digest(step.AsSpan(32))))],
            DateTimeOffset.FromUnixTimeMilliseconds(SeenAt));
    }

    public sealed record CheckpointVector(string Owner, string Topic, long Sequence, byte[] Link, byte[] Signature)
    {
        public Checkpoint ToCheckpoint() => new(LogName.Parse($"{Owner}/{Topic}"), Sequence, new Digest(Link), new Signature(Signature));
    }

    private sealed record ForkFile(ForkVector[] Proofs, ForkVector[] Nothing, BadBytes[] Bad, byte[] List);
}
