using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace RemoteLog.Protocol.Tests;

/// <summary>The example of RFC 8291, appendix A, and what must hold besides.</summary>
public sealed class HintCipherTests
{
    private const string Text = "When I grow up, I want to be a watermelon";

    private static readonly byte[] SenderPrivate = Base64Url.DecodeFromChars("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
    private static readonly byte[] SenderPublic = Base64Url.DecodeFromChars("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
    private static readonly byte[] ReceiverPrivate = Base64Url.DecodeFromChars("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94");
    private static readonly byte[] ReceiverPublic = Base64Url.DecodeFromChars("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
    private static readonly byte[] Salt = Base64Url.DecodeFromChars("DGv6ra1nlYgDCS1FRnbzlw");
    private static readonly byte[] Secret = Base64Url.DecodeFromChars("BTBZMqHH6r4Tts7J_aSIgg");
    private static readonly byte[] Body = Base64Url.DecodeFromChars(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN");

    [Fact]
    public void The_RFC_s_example_is_encrypted_as_it_says()
    {
        using var sender = Sender();

        var body = HintCipher.Encrypt(Encoding.UTF8.GetBytes(Text), ReceiverPublic, Secret, sender, Salt);

        Assert.Equal(Body, body);
    }

    [Fact]
    public void The_RFC_s_example_is_decrypted()
    {
        using var key = HintKey.Import([.. ReceiverPrivate, .. ReceiverPublic, .. Secret]);

        Assert.True(key.TryDecrypt(Body, out byte[]? text));

        Assert.Equal(Text, Encoding.UTF8.GetString(text));
    }

    [Fact]
    public void A_device_reads_its_hint_and_nobody_else_does()
    {
        using var key = HintKey.Create();
        using var other = HintKey.Create();
        var hint = new Hint([new MovedTag(new HintTag(Salt), 42)], More: true, "token");

        var body = HintCipher.Encrypt(hint, key.PublicKey.Span, key.Secret.Span);

        Assert.Equal(615, body.Length);
        Assert.True(key.TryDecrypt(body, out Hint? read));
        Assert.Equal(hint.Moved, read.Moved);
        Assert.Equal((hint.More, hint.Token), (read.More, read.Token));
        Assert.False(other.TryDecrypt(body, out Hint? _));
    }

    [Fact]
    public void No_two_messages_share_a_sender_s_key_or_a_salt()
    {
        using var key = HintKey.Create();

        var bodies = Enumerable.Range(0, 20).Select(_ => HintCipher.Encrypt(new Hint([], More: false), key.PublicKey.Span, key.Secret.Span)).ToList();

        Assert.Equal(20, bodies.Select(body => Convert.ToHexString(body[..16])).Distinct().Count());
        Assert.Equal(20, bodies.Select(body => Convert.ToHexString(body[21..86])).Distinct().Count());
    }

    [Fact]
    public void A_key_is_the_same_after_export_and_import()
    {
        using var key = HintKey.Create();
        using var imported = HintKey.Import(key.Export());
        var body = HintCipher.Encrypt(new Hint([], More: true), key.PublicKey.Span, key.Secret.Span);

        Assert.Equal(key.PublicKey, imported.PublicKey.ToArray());
        Assert.True(imported.TryDecrypt(body, out Hint? _));
    }

    [Fact]
    public void A_flipped_bit_is_refused_wherever_it_is()
    {
        using var key = HintKey.Create();
        var body = HintCipher.Encrypt(new Hint([], More: true), key.PublicKey.Span, key.Secret.Span);

        Prop.ForAll<PositiveInt>(at =>
        {
            var flipped = (byte[])body.Clone();
            var index = at.Get % flipped.Length;

            // All but the record size, which a larger one may be.
            if (index is >= 16 and < 20) return true;
            flipped[index] ^= (byte)(1 << (at.Get % 8));
            return !key.TryDecrypt(flipped, out Hint? _);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_body_that_is_cut_short_is_refused()
    {
        using var key = HintKey.Create();
        var body = HintCipher.Encrypt(new Hint([], More: true), key.PublicKey.Span, key.Secret.Span);

        Assert.All(Enumerable.Range(0, body.Length), length => Assert.False(key.TryDecrypt(body.AsSpan(0, length), out byte[]? _)));
    }

    [Fact]
    public void A_text_too_long_for_a_push_service_is_not_encrypted()
    {
        using var sender = Sender();

        Assert.Equal(4096, HintCipher.Encrypt(new byte[3993], ReceiverPublic, Secret, sender, Salt).Length);
        Assert.Throws<ArgumentException>(() => HintCipher.Encrypt(new byte[3994], ReceiverPublic, Secret, sender, Salt));
    }

    public static TheoryData<string, byte[]> NoKeys() => new()
    {
        { "empty", [] },
        { "short", ReceiverPublic[..64] },
        { "long", [.. ReceiverPublic, 0] },
        { "compressed", [2, .. ReceiverPublic[1..33]] },
        { "hybrid", [6, .. ReceiverPublic[1..]] },
        { "zero", [4, .. new byte[64]] },
        { "all ones", [4, .. Enumerable.Repeat((byte)0xff, 64)] },
        { "off the curve", [.. ReceiverPublic[..64], (byte)(ReceiverPublic[64] ^ 1)] },
    };

    [Theory]
    [MemberData(nameof(NoKeys))]
    public void What_is_no_point_of_the_curve_is_no_key(string what, byte[] key)
    {
        Assert.False(HintCipher.IsPublicKey(key), what);
        Assert.Throws<ArgumentException>(() => HintCipher.Encrypt(new Hint([], More: false), key, Secret));
    }

    [Fact]
    public void A_point_of_the_curve_is_a_key() => Assert.True(HintCipher.IsPublicKey(ReceiverPublic));

    [Fact]
    public void A_private_key_and_another_s_public_key_are_not_imported() =>
        Assert.Throws<ArgumentException>(() => HintKey.Import([.. ReceiverPrivate, .. SenderPublic, .. Secret]));

    private static ECDiffieHellman Sender() => ECDiffieHellman.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        D = SenderPrivate,
        Q = new ECPoint { X = SenderPublic[1..33], Y = SenderPublic[33..] },
    });
}
