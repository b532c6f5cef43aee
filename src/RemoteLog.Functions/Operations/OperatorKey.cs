using System.Security.Cryptography;
using System.Text;
using RemoteLog.Functions.Http;

namespace RemoteLog.Functions.Operations;

/// <summary>The key by which operators are known, setting <c>Operator:Key</c>. Only its hash is held; it is in no answer, log or error.</summary>
public sealed class OperatorKey
{
    private const string Setting = "Operator:Key", Scheme = "Bearer ";
    private const int MinLength = 16;

    private readonly byte[]? hash;

    private OperatorKey(byte[]? hash) => this.hash = hash;

    /// <exception cref="InvalidSettingException">It is too short to be a secret, or cannot be sent in a header.</exception>
    public static OperatorKey Read(IConfiguration configuration)
    {
        if (configuration[Setting] is not { Length: > 0 } key) return new OperatorKey(null);
        if (key.Length < MinLength || key.Any(letter => letter is <= ' ' or > '~'))
        {
            throw new InvalidSettingException($"{Setting} must have at least {MinLength} characters, all of them printable ASCII and none a space.");
        }
        return new OperatorKey(SHA256.HashData(Encoding.ASCII.GetBytes(key)));
    }

    /// <summary>The route, for those who send the key.</summary>
    public RequestDelegate Only(RequestDelegate route) => context =>
    {
        context.Response.Headers.CacheControl = "no-store";
        if (hash is null) return Problem.OperatorKeyNotSet.WriteAsync(context.Response);
        if (IsSentBy(context.Request, hash)) return route(context);

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"RemoteLog operators\"";
        return Problem.WrongOperatorKey.WriteAsync(context.Response);
    };

    /// <summary>Compares hashes, in constant time: how long it takes tells neither where two keys differ nor how long they are.</summary>
    private static bool IsSentBy(HttpRequest request, byte[] hash) =>
        request.Headers.Authorization is [{ } sent] && sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent[Scheme.Length..])), hash);
}
