using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using RemoteLog.Protocol;

namespace RemoteLog.Server.Append;

/// <summary>How an entry is named as the user of content: <c>owner/topic#sequence</c>.</summary>
internal static class ContentUser
{
    public static string Of(LogName log, long sequence) => $"{log}#{sequence}";

    public static bool TryParse(string user, [NotNullWhen(true)] out LogName? log, out long sequence)
    {
        log = null;
        sequence = 0;
        return user.Split('#') is [var name, var number]
            && LogName.TryParse(name, out log)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }
}
