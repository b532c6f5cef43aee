using FsCheck.Fluent;
using RemoteLog.Protocol.Swarm;

namespace RemoteLog.Protocol.Tests.Swarm;

public sealed class SignatureTests
{
    public static IEnumerable<TheoryDataRow<string>> Identities => SwarmVectors.Rows("identities", "owner");

    public static IEnumerable<TheoryDataRow<string>> Signatures => SwarmVectors.Rows("signatures", "signature_rfc6979");

    [Theory, MemberData(nameof(Identities))]
    public void A_key_has_the_address_of_its_vector(string row)
    {
        var vector = SwarmVectors.Parse(row);
        using var key = vector.Key();

        var address = EthereumAddress.Of(key.Owner);

        Assert.StartsWith("zQ3s", key.Owner.Name, StringComparison.Ordinal);
        Assert.Equal(vector.GetProperty("owner").GetString(), address.ToString());
        Assert.True(EthereumAddress.TryParse(vector.GetProperty("owner_checksum").GetString(), out var parsed));
        Assert.Equal(address, parsed);
        Assert.Equal(vector.Hex("owner"), Keccak256.Hash(vector.Hex("public_key")).Span[12..].ToArray());
    }

    [Theory, MemberData(nameof(Signatures))]
    public void The_signer_is_found_whatever_nonce_was_used(string row)
    {
        var vector = SwarmVectors.Parse(row);
        var message = vector.Digest("message32");

        Assert.Equal(vector.Digest("eth_digest"), RecoverableSignature.DigestOf(message));
        foreach (var name in (string[])["signature_rfc6979", "signature_beejs"])
        {
            var signature = RecoverableSignature.Read(vector.Hex(name))!.Value;

            Assert.Equal(new EthereumAddress(vector.Hex("owner")), signature.FindSigner(message));
            Assert.Equal(vector.GetProperty(name).GetString(), signature.ToString());
        }
    }

    [Theory, MemberData(nameof(Identities))]
    public void What_a_key_signs_is_recovered_to_its_owner_and_has_a_low_s(string row)
    {
        using var key = SwarmVectors.Parse(row).Key();
        var owner = EthereumAddress.Of(key.Owner);

        Any.ForEach(Any.Digest, message =>
        {
            var signature = RecoverableSignature.Sign(key, message);
            return signature.FindSigner(message) == owner && HasLowS(signature.Rs) && RecoverableSignature.Read(signature.ToArray()) == signature;
        });
    }

    [Fact]
    public void A_changed_signature_is_somebody_else_s_or_nobody_s() => Any.ForEach(
        from message in Any.Digest
        from at in Gen.Choose(0, 64 * 8 - 1)
        select (message, at),
        some =>
        {
            var vector = SwarmVectors.All("signatures").First();
            var bytes = vector.Hex("signature_rfc6979");
            bytes[some.at / 8] ^= (byte)(1 << (some.at % 8));
            return RecoverableSignature.Read(bytes)!.Value.FindSigner(vector.Digest("message32")) != new EthereumAddress(vector.Hex("owner"));
        });

    [Fact]
    public void Values_that_no_signature_has_are_nobody_s()
    {
        byte[] order = Convert.FromHexString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        byte[] one = [.. new byte[31], 1];
        byte[] zero = new byte[32];
        byte[] noPoint = [.. new byte[31], 5];

        Assert.All(
            (byte[][])[[.. zero, .. one], [.. one, .. zero], [.. order, .. one], [.. one, .. order], [.. noPoint, .. one]],
            rs => Assert.Null(new RecoverableSignature(new Signature(rs), 27).FindSigner(default)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(26)]
    [InlineData(29)]
    public void Only_27_and_28_end_a_signature(byte v)
    {
        var bytes = SwarmVectors.All("signatures").First().Hex("signature_rfc6979");
        bytes[64] = v;

        Assert.Null(RecoverableSignature.Read(bytes));
        Assert.Null(RecoverableSignature.Read(bytes.AsSpan(0, 64)));
    }

    [Fact]
    public void A_new_key_on_secp256k1_owns_logs_and_signs_with_a_low_s()
    {
        using var key = SigningKey.Create(KeyCurve.Secp256k1);
        using var again = SigningKey.FromPem(key.ToPem());

        Assert.StartsWith("zQ3s", key.Owner.Name, StringComparison.Ordinal);
        Assert.Equal(key.Owner, Owner.Parse(again.Owner.Name));
        for (var i = 0; i < 32; i++)
        {
            var signature = key.Sign("text"u8);
            Assert.True(again.Owner.Verify("text"u8, signature));
            Assert.True(HasLowS(signature));
        }
    }

    [Fact]
    public void Only_keys_on_secp256k1_have_an_Ethereum_address()
    {
        using var key = SigningKey.Create();

        Assert.Throws<ArgumentException>(() => EthereumAddress.Of(key.Owner));
        Assert.Throws<ArgumentException>(() => RecoverableSignature.Sign(key, default));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("8d3766440f0d7b949a5e32995d09619a7f86e6")]
    [InlineData("8d3766440f0d7b949a5e32995d09619a7f86e63200")]
    [InlineData("8d3766440f0d7b949a5e32995d09619a7f86e63g")]
    [InlineData(null)]
    public void What_is_not_20_bytes_in_hexadecimal_is_no_address(string? text) => Assert.False(EthereumAddress.TryParse(text, out _));

    [Fact]
    public void A_stamp_comes_back_from_its_bytes_and_names_its_issuer() => Any.ForEach(
        from address in Any.Digest
        from batch in Any.Digest
        from slot in Gen.Choose(0, int.MaxValue)
        from time in Any.Number(0, long.MaxValue)
        select (address, batch, (uint)slot, (ulong)time),
        some =>
        {
            using var key = SwarmVectors.All("identities").First().Key();
            var (address, batch, slot, time) = some;

            var stamp = PostageStamp.Issue(key, address, batch, slot, time);

            return stamp.Bucket == (uint)(address.Span[0] << 8 | address.Span[1]) && PostageStamp.Read(stamp.ToArray()) == stamp
                && stamp.ToString().Length == 226 && stamp.FindIssuer(address) == EthereumAddress.Of(key.Owner)
                && (stamp with { Slot = slot ^ 1 }).FindIssuer(address) != EthereumAddress.Of(key.Owner)
                && PostageStamp.Read(stamp.ToArray().AsSpan(1)) is null;
        });

    private static bool HasLowS(in Signature signature) => signature.Span[32..].SequenceCompareTo(
        Convert.FromHexString("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0")) <= 0;
}
