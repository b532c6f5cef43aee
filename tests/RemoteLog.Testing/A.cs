using System.Security.Cryptography;
using System.Text.Json;
using RemoteLog.Protocol;

namespace RemoteLog.Testing;

/// <summary>Sample values.</summary>
public static class A
{
    /// <summary>Some time that is not now.</summary>
    public static readonly DateTimeOffset Moment = new(2026, 3, 14, 15, 9, 26, TimeSpan.Zero);

    /// <summary>The first segment of a new log.</summary>
    public static SignedSegment Segment(int entries = 1) => new Device().Sign(entries);

    /// <summary>Bytes that do not compress and that another seed does not give.</summary>
    public static byte[] Bytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>An entry with its data embedded.</summary>
    public static Entry Entry(int length = 16, int seed = 1) => Protocol.Entry.Embedded(Bytes(length, seed));

    /// <summary>The PEM of a new key, P-256 unless told otherwise.</summary>
    public static string Pem(ECCurve? curve = null)
    {
        using var key = ECDsa.Create(curve ?? ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>The JSON of a service account of Google's, with a new key unless told otherwise.</summary>
    public static string ServiceAccount(string? key = null)
    {
        using var rsa = RSA.Create(2048);
        return JsonSerializer.Serialize(new Dictionary<string, string>
        {
            ["type"] = "service_account",
            ["project_id"] = "logs",
            ["private_key_id"] = "1",
            ["private_key"] = key ?? rsa.ExportPkcs8PrivateKeyPem(),
            ["client_email"] = "logs@logs.example",
            ["token_uri"] = "https://token.example/",
        });
    }
}
