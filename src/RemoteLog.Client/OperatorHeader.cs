using System.Net.Http.Headers;

namespace RemoteLog.Client;

/// <summary>How operators are known to the server.</summary>
internal static class OperatorHeader
{
    /// <param name="operatorKey">The server's setting <c>Operator:Key</c>.</param>
    /// <exception cref="FormatException">It is no such key; the message does not repeat it.</exception>
    public static AuthenticationHeaderValue Of(string operatorKey)
    {
        ArgumentNullException.ThrowIfNull(operatorKey);
        if (operatorKey.Length == 0 || operatorKey.Any(letter => letter is <= ' ' or > '~'))
        {
            throw new FormatException("An operator key is printable ASCII without spaces.");
        }
        return new AuthenticationHeaderValue("Bearer", operatorKey);
    }
}
