using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>Lists of logs and how far each has moved, latest first, with each log once.</summary>
internal static class MovedTags
{
    /// <summary>-1: it is not among them.</summary>
    public static long SequenceOf(this IReadOnlyList<MovedTag> tags, HintTag tag)
    {
        foreach (var each in tags)
        {
            if (each.Tag == tag) return each.Sequence;
        }
        return -1;
    }

    /// <summary>At most <see cref="DeviceState.MaxTags"/>: the oldest makes room.</summary>
    public static IReadOnlyList<MovedTag> WithNews(this IReadOnlyList<MovedTag> moved, HintTag tag, long sequence) =>
        [new MovedTag(tag, sequence), .. moved.Where(each => each.Tag != tag).Take(DeviceState.MaxTags - 1)];

    /// <summary>What is in <paramref name="moved"/> and not yet in <paramref name="known"/>.</summary>
    public static IReadOnlyList<MovedTag> Without(this IReadOnlyList<MovedTag> moved, IReadOnlyList<MovedTag> known) =>
        [.. moved.Where(each => known.SequenceOf(each.Tag) < each.Sequence)];

    /// <summary>All of both, the highest sequence of each; at most <see cref="DeviceState.MaxTags"/>, <paramref name="more"/> first.</summary>
    public static IReadOnlyList<MovedTag> Learn(this IReadOnlyList<MovedTag> known, IReadOnlyList<MovedTag> more)
    {
        if (more.Count == 0) return known;
        var newest = new Dictionary<HintTag, long>();
        List<MovedTag> order = [];
        foreach (var each in more.Concat(known))
        {
            if (newest.TryAdd(each.Tag, each.Sequence)) order.Add(each);
            else newest[each.Tag] = Math.Max(newest[each.Tag], each.Sequence);
        }
        return [.. order.Take(DeviceState.MaxTags).Select(each => each with { Sequence = newest[each.Tag] })];
    }
}
