namespace RemoteLog.Protocol;

/// <summary>The hash chain: link(n) = SHA-256(link(n-1) || SHA-256(header) || SHA-256(data)); link(0) is <see cref="LogName.Id"/>.</summary>
public static class Chain
{
    /// <summary>The link after an entry with these digests.</summary>
    public static Digest Next(in Digest link, in Digest header, in Digest data)
    {
        Span<byte> joined = stackalloc byte[3 * Digest.Size];
        link.Span.CopyTo(joined);
        header.Span.CopyTo(joined[Digest.Size..]);
        data.Span.CopyTo(joined[(2 * Digest.Size)..]);
        return Digest.Of(joined);
    }

    /// <summary>The link after all of <paramref name="entries"/>, the first of which follows <paramref name="link"/>.</summary>
    public static Digest Extend(Digest link, IReadOnlyList<Entry> entries) => Extend(link, entries, 0, entries.Count);

    /// <summary>The link after the entries from the index <paramref name="from"/> up to <paramref name="to"/>, which is not among them.</summary>
    public static Digest Extend(Digest link, IReadOnlyList<Entry> entries, int from, int to)
    {
        for (var i = from; i < to; i++) link = Next(link, entries[i].HeaderDigest, entries[i].DataDigest);
        return link;
    }
}
