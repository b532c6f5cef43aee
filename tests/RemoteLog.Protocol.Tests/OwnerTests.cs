using System.Security.Cryptography;
using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

public sealed class OwnerTests
{
    private static readonly NamesFile File = VectorFile.Read<NamesFile>("names");

    public static IEnumerable<TheoryDataRow<GoodOwner>> Good => VectorFile.Rows(File.Owners.Good, owner => owner.Name);

    public static IEnumerable<TheoryDataRow<BadOwner>> Bad => VectorFile.Rows(File.Owners.Bad, owner => owner.Reason);

    [Theory, MemberData(nameof(Good))]
    public void A_good_name_is_read_and_its_point_is_one_that_the_platform_takes(GoodOwner vector)
    {
        Assert.True(Owner.TryParse(vector.Name, out var owner));

        Assert.Equal(vector.Name, owner.Name);
        Assert.False(owner.Verify("text"u8, default));
    }

    [Theory, MemberData(nameof(Bad))]
    public void A_bad_name_is_refused(BadOwner vector)
    {
        Assert.False(Owner.TryParse(vector.Name, out var owner));
        Assert.Null(owner);
        Assert.Throws<FormatException>(() => Owner.Parse(vector.Name));
    }

    [Fact]
    public void A_name_cut_short_or_with_any_letter_changed_is_not_the_same_owner()
    {
        var name = File.Owners.Good[0].Name;

        for (var i = 0; i < name.Length; i++)
        {
            Assert.False(Owner.TryParse(name[..i], out _));
            for (var letter = '\0'; letter < 0x180; letter++)
            {
                if (letter == name[i] || !Owner.TryParse(name[..i] + letter + name[(i + 1)..], out var owner)) continue;
                Assert.NotEqual(name, owner.Name);
                Assert.Equal(owner.Name, name[..i] + letter + name[(i + 1)..]);
                Assert.True(char.IsAsciiLetterOrDigit(letter));
            }
        }
    }

    [Fact]
    public void Any_text_is_read_or_refused_without_an_exception() =>
        Any.ForEach(Gen.Choose(0, char.MaxValue).ArrayOf(), letters => !Owner.TryParse('z' + string.Concat(letters.Select(letter => (char)letter)), out _));

    [Fact]
    public void A_signature_holds_for_its_signer_and_text_alone()
    {
        foreach (var (name, pem) in VectorKeys.Pems)
        {
            using var key = SigningKey.FromPem(pem);
            using var stranger = SigningKey.Create();

            var signature = key.Sign("text"u8);

            Assert.True(Owner.Parse(name).Verify("text"u8, signature));
            Assert.False(Owner.Parse(name).Verify("texts"u8, signature));
            Assert.False(stranger.Owner.Verify("text"u8, signature));
        }
    }

    [Fact]
    public void A_key_on_another_curve_cannot_own_a_log()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.Throws<ArgumentException>(() => Owner.Of(key));
    }

    public sealed record GoodOwner(string Name, string Curve);

    public sealed record BadOwner(string Name, string Reason);

    private sealed record NamesFile(OwnersPart Owners);

    private sealed record OwnersPart(GoodOwner[] Good, BadOwner[] Bad);
}
