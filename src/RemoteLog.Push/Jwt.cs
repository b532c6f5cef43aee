using System.Buffers.Text;
using System.Text;
using RemoteLog.Protocol;

namespace RemoteLog.Push;

/// <summary>A signed token (RFC 7519) under ES256, whose signature is the 64 bytes that ours are anyway.</summary>
internal static class Jwt
{
    /// <param name="header">In base64url.</param>
    /// <param name="claims">In JSON.</param>
    /// <param name="key">On P-256.</param>
    public static string Sign(string header, ReadOnlySpan<byte> claims, SigningKey key)
    {
        var text = $"{header}.{Base64Url.EncodeToString(claims)}";
        var signature = key.Sign(Encoding.ASCII.GetBytes(text));
        return $"{text}.{Base64Url.EncodeToString(signature.Span)}";
    }
}
