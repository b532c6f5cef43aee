using System.Security.Cryptography;

namespace RemoteLog.Protocol.Tests;

public sealed class SigningKeyTests
{
    [Fact]
    public void A_key_s_owner_is_the_one_its_vector_names()
    {
        foreach (var (name, pem) in VectorKeys.Pems)
        {
            using var key = SigningKey.FromPem(pem);
            Assert.Equal(name, key.Owner.Name);
        }
    }

    [Fact]
    public void A_key_comes_back_from_its_pem()
    {
        using var key = SigningKey.Create();
        using var again = SigningKey.FromPem(key.ToPem());

        Assert.Equal(key.Owner, again.Owner);
        Assert.True(key.Owner.Verify("text"u8, again.Sign("text"u8)));
    }

    [Fact]
    public void A_new_key_is_on_p256()
    {
        using var key = SigningKey.Create();

        Assert.StartsWith("zDn", key.Owner.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_private_key_of_a_known_curve_is_refused()
    {
        using var p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);

        Assert.All(["", "text", p256.ExportSubjectPublicKeyInfoPem(), p384.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem(), p256.ExportPkcs8PrivateKeyPem()[..60]],
            pem => Assert.Throws<ArgumentException>(() => SigningKey.FromPem(pem)));
    }

    [Theory]
    [InlineData(KeyCurve.P256, KeyCurve.Secp256k1)]
    [InlineData(KeyCurve.Secp256k1, KeyCurve.P256)]
    public void A_key_on_the_other_curve_than_the_one_asked_for_is_refused(KeyCurve curve, KeyCurve other)
    {
        using var key = SigningKey.Create(curve);
        using var again = SigningKey.FromPem(key.ToPem(), curve);

        Assert.Equal(key.Owner, again.Owner);
        Assert.Throws<ArgumentException>(() => SigningKey.FromPem(key.ToPem(), other));
    }
}
