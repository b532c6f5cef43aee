using System.Net.Http.Headers;

namespace RemoteLog.Client;

/// <summary>How operators are known to a server.</summary>
internal static class OperatorKey
{
    /// <exception cref="FormatException">It is no such key; the message does not repeat it.</exception>
    public static AuthenticationHeaderValue Parse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Length > 0 && key.All(letter => letter is > ' ' and <= '~')
            ? new AuthenticationHeaderValue("Bearer", key)
            : throw new FormatException("An operator key is printable ASCII without spaces.");
    }
}
