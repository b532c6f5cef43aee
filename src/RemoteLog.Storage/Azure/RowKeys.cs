using System.Globalization;
using RemoteLog.Protocol;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// The rows of one log, all in the partition named by its id: <c>f…</c> forks, <c>feed</c> what was last mirrored, <c>head</c>, <c>s…</c> the tail's segments and <c>sealed…</c> the records of
/// pages. Segments and pages go by their last sequence, so that what holds the entries after n begins right after n's key; and in this order the head
/// and the tail lie side by side, so that reading both is one query that never walks past pages, however many there are.
/// </summary>
internal static class RowKeys
{
    public const string Head = "head";

    /// <summary>Past every fork, whose digits begin with 0 to 7.</summary>
    public const string Feed = "feed";

    private const string Segments = "s";
    private const string Pages = "sealed";
    private const string Forks = "f";

    /// <summary>A sequence is positive, so its 16 digits begin with 0 to 7.</summary>
    private const string PastAll = "8";

    public static string Partition(LogName log) => log.Id.ToString();

    public static string Segment(long last) => $"{Segments}{last:x16}";

    public static string Page(long last) => $"{Pages}{last:x16}";

    public static string Fork(int place) => $"{Forks}{place:x16}";

    public static long LastOfSegment(string key) => long.Parse(key.AsSpan(Segments.Length), NumberStyles.AllowHexSpecifier);

    public static long LastOfPage(string key) => long.Parse(key.AsSpan(Pages.Length), NumberStyles.AllowHexSpecifier);

    public static string HeadAndSegmentsAfter(LogName log, long after) =>
        $"PartitionKey eq '{Partition(log)}' and (RowKey eq '{Head}' or (RowKey gt '{Segment(after)}' and RowKey lt '{Segments}{PastAll}'))";

    public static string PagesAfter(LogName log, long after) =>
        $"PartitionKey eq '{Partition(log)}' and RowKey gt '{Page(after)}' and RowKey lt '{Pages}{PastAll}'";

    public static string ForksOf(LogName log) =>
        $"PartitionKey eq '{Partition(log)}' and RowKey ge '{Forks}' and RowKey lt '{Forks}{PastAll}'";
}
