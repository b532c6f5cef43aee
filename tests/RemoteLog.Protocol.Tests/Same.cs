namespace RemoteLog.Protocol.Tests;

/// <summary>Equality by content for what holds buffers or lists.</summary>
internal static class Same
{
    public static bool Bytes(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other) => one.Span.SequenceEqual(other.Span);

    public static bool Lists<T>(IReadOnlyList<T> one, IReadOnlyList<T> other, Func<T, T, bool> same) =>
        one.Count == other.Count && one.Zip(other).All(pair => same(pair.First, pair.Second));

    public static bool Entries(Entry one, Entry other) =>
        Bytes(one.Header, other.Header) && one.HeaderDigest == other.HeaderDigest && one.DataDigest == other.DataDigest
        && one.Data.HasValue == other.Data.HasValue && Bytes(one.Data ?? default, other.Data ?? default)
        && one.Address == other.Address && one.Size == other.Size;

    public static bool Headers(EntryHeader one, EntryHeader other) =>
        Bytes(one.Id, other.Id) && one.ExpiresAt == other.ExpiresAt && Lists(one.Parents, other.Parents, Bytes);

    public static bool Forks(Fork one, Fork other) =>
        one.Kept == other.Kept && one.Refused == other.Refused && one.Link == other.Link && one.SeenAt == other.SeenAt && one.Steps.SequenceEqual(other.Steps);

    public static bool Payloads(Mvds.MvdsPayload one, Mvds.MvdsPayload other) =>
        Lists(one.Acks, other.Acks, Bytes) && Lists(one.Offers, other.Offers, Bytes) && Lists(one.Requests, other.Requests, Bytes)
        && Lists(one.Messages, other.Messages, Messages);

    private static bool Messages(Mvds.MvdsMessage one, Mvds.MvdsMessage other) =>
        Bytes(one.GroupId, other.GroupId) && one.Timestamp == other.Timestamp && Bytes(one.Body, other.Body)
        && one.Ephemeral == other.Ephemeral && Lists(one.Parents, other.Parents, Bytes);
}
