using System.Text;
using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

/// <summary>What devices sign about how they are woken.</summary>
public sealed class DeviceStatementTests
{
    private static readonly DeviceFile File = VectorFile.Read<DeviceFile>("devices");

    public static IEnumerable<TheoryDataRow<DeviceVector>> Statements => VectorFile.Rows([.. File.Good, .. File.Forged], vector => vector.Name);

    public static IEnumerable<TheoryDataRow<BadBytes>> Bad => VectorFile.Rows(File.Bad, vector => vector.Because);

    [Theory, MemberData(nameof(Statements))]
    public void A_statement_is_read_written_and_signed_as_its_vector_says(DeviceVector vector)
    {
        Assert.True(DeviceStatement.TryParse(vector.Bytes, out var read));

        var expected = vector.ToStatement();
        Assert.Equal(expected.Text(), read.Text());
        Assert.Equal((expected.GetType(), expected.Device, expected.Number, expected.Signature), (read.GetType(), read.Device, read.Number, read.Signature));
        Assert.Equal(vector.Text, Encoding.UTF8.GetString(read.Text()));
        Assert.Equal(vector.Bytes, expected.ToArray());
        Assert.Equal(vector.Valid, read.Verify());
    }

    [Theory, MemberData(nameof(Bad))]
    public void What_is_no_statement_is_refused(BadBytes vector)
    {
        Assert.False(DeviceStatement.TryParse(vector.Bytes, out var statement));
        Assert.Null(statement);
    }

    [Fact]
    public void A_status_is_read_and_written_as_its_vector()
    {
        foreach (var vector in File.Statuses)
        {
            Assert.True(DeviceStatus.TryParse(vector.Bytes, out var status));

            var tags = vector.Follows.Select(tag => new HintTag(Convert.FromHexString(tag))).ToList();
            Assert.Equal(tags, status.Follows);
            Assert.Equal(
                (vector.Device, vector.Number, vector.Channel, vector.Confirmed, vector.PullMinutes),
                (status.Device.Name, status.Number, status.Channel, status.Confirmed, status.PullMinutes));
            Assert.Equal(vector.Bytes, status.ToArray());
        }
    }

    [Fact]
    public void Every_statement_is_read_as_it_was_written() => Any.ForEach(Any.DeviceStatement, statement =>
        DeviceStatement.TryParse(statement.ToArray(), out var read) && read.GetType() == statement.GetType()
        && read.Text().AsSpan().SequenceEqual(statement.Text()) && read.Signature == statement.Signature);

    // Two statements that mean different things are never one text: what follows from a signature is what was signed.
    [Fact]
    public void Statements_of_one_text_are_one_statement() => Any.ForEach(Gen.Two(Any.DeviceStatement), pair =>
        !pair.Item1.Text().AsSpan().SequenceEqual(pair.Item2.Text())
        || ((pair.Item1 with { Signature = default }).ToArray().AsSpan().SequenceEqual((pair.Item2 with { Signature = default }).ToArray())));

    [Fact]
    public void Damaged_statements_are_read_or_refused_without_an_exception() =>
        Any.ForEach(Any.Damaged(Any.DeviceStatement.Select(statement => statement.ToArray())), bytes => DeviceStatement.TryParse(bytes, out _) || true);

    [Fact]
    public void A_signed_statement_holds_and_only_its_own_device_can_sign_it()
    {
        using var key = SigningKey.Create();
        using var other = SigningKey.Create();
        var statement = new DeviceStatement.AskStatus(key.Owner, 1);

        Assert.True(statement.SignedBy(key).Verify());
        Assert.False(statement.Verify());
        Assert.Throws<ArgumentException>(() => statement.SignedBy(other));
    }

    [Fact]
    public void The_secrets_of_a_registration_are_not_in_what_is_logged_of_it()
    {
        var register = File.Good.First(vector => vector.Register is not null).ToStatement();

        Assert.DoesNotContain("wpush", $"{register}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_confirmation_and_an_offer_are_read_as_they_were_written()
    {
        Assert.True(Confirmation.TryParse(new Confirmation("token").ToArray(), out var confirmation));
        Assert.Equal("token", confirmation.Token);
        Assert.False(Confirmation.TryParse([], out _));
        Assert.True(PushOffer.TryParse(new PushOffer("key", ["webpush", "fcm"]).ToArray(), out var offer));
        Assert.Equal(("key", "webpush fcm"), (offer.VapidPublicKey, string.Join(' ', offer.Channels)));
    }

    public sealed record DeviceVector(
        string Name, string Device, long Number, byte[] Signature, string Text, byte[] Bytes, bool Valid, RegisterVector? Register, object? Unregister,
        LogVector? Follow, LogVector? Unfollow, SeenVector? Seen)
    {
        public DeviceStatement ToStatement()
        {
            var device = Owner.Parse(Device);
            DeviceStatement statement = this switch
            {
                { Register: { } said } => new DeviceStatement.Register(
                    device, Number, said.Channel, said.Endpoint, said.App, said.PublicKey, said.Secret, said.PullMinutes),
                { Unregister: not null } => new DeviceStatement.Unregister(device, Number),
                { Follow: { } said } => new DeviceStatement.Follow(device, Number, said.Log, new HintTag(said.Tag)),
                { Unfollow: { } said } => new DeviceStatement.Unfollow(device, Number, said.Log),
                { Seen: { } said } => new DeviceStatement.Seen(device, Number, [.. said.Has.Select(has => new MovedTag(new HintTag(has.Tag), has.Sequence))]),
                _ => new DeviceStatement.AskStatus(device, Number),
            };
            return statement with { Signature = new Signature(Signature) };
        }
    }

    public sealed record RegisterVector(string Channel, string Endpoint, string App, byte[] PublicKey, byte[] Secret, int PullMinutes);

    public sealed record LogVector(string Owner, string Topic, byte[]? Tag)
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public LogName Log => LogName.Parse($"{Owner}/{Topic}");
    }

    public sealed record SeenVector(HasVector[] Has);

    public sealed record HasVector(byte[] Tag, long Sequence);

    public sealed record StatusVector(string Device, long Number, string Channel, bool Confirmed, int PullMinutes, string[] Follows, byte[] Bytes);

    private sealed record DeviceFile(DeviceVector[] Good, DeviceVector[] Forged, BadBytes[] Bad, StatusVector[] Statuses);
}
