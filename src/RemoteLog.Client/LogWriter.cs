using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>
/// Writes one log. A segment is signed once and remembered before it is sent, so whatever is lost on the way, the same bytes go out again and never
/// a second history. One call at a time; <see cref="Dispose"/> lets another writer of this device have the log.
/// </summary>
public sealed class LogWriter : IDisposable
{
    private readonly RemoteLogClient client;
    private readonly ILogKey key;
    private readonly ILogMemory memory;
    private readonly IDisposable claim;
    private readonly SegmentLimits limits = SegmentLimits.Default;
    private Checkpoint? position;
    private bool isCaughtUp;

    private LogWriter(RemoteLogClient client, ILogKey key, LogName log, ILogMemory memory, IDisposable claim)
    {
        this.client = client;
        this.key = key;
        this.memory = memory;
        this.claim = claim;
        Log = log;
    }

    public LogName Log { get; }

    /// <summary>The newest entry that the server has confirmed; 0: none yet.</summary>
    public long Sequence => position?.Sequence ?? 0;

    private Digest Link => position?.Link ?? Log.Id;

    /// <summary>
    /// Opens a log to write on where it ends, and first sends what an earlier writer had signed and not heard back about.
    /// </summary>
    /// <param name="key">Its owner's log is written.</param>
    /// <param name="memory">This device's, always the same one: it is what keeps a crash from turning into a fork.</param>
    /// <exception cref="LogInUseException">Another writer of this device has it open.</exception>
    /// <exception cref="VerificationException">The server's log is not the one that was written, or somebody else signs with the same key.</exception>
    public static async Task<LogWriter> OpenAsync(
        RemoteLogClient client, ILogKey key, Topic topic, ILogMemory memory, CancellationToken cancellationToken = default)
    {
        var log = new LogName(key.Owner, topic);
        var writer = new LogWriter(client, key, log, memory, memory.Claim(log));
        try
        {
            await writer.FlushAsync(cancellationToken).ConfigureAwait(false);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>Appends one entry.</summary>
    /// <inheritdoc cref="AppendAsync(IReadOnlyList{Entry}, CancellationToken)"/>
    public Task AppendAsync(ReadOnlyMemory<byte> data, EntryHeader? header = null, CancellationToken cancellationToken = default) =>
        AppendAsync([Entry.Embedded(data, header?.ToArray() ?? default)], cancellationToken);

    /// <summary>
    /// Appends entries in order, in as few segments as they fit into; data too large for a segment is uploaded first. Once this returns, the server
    /// has confirmed all of them. When it throws, entries up to <see cref="Sequence"/> are confirmed, and the next few may be signed and under way:
    /// <see cref="FlushAsync"/>, the next append or the next open sends them, so look at <see cref="Sequence"/> after that before appending them again.
    /// </summary>
    /// <exception cref="ServerUnreachableException">No answer, after all retries.</exception>
    /// <exception cref="RefusedException">The server does not take them.</exception>
    /// <exception cref="VerificationException">The server's log is not the one that was written.</exception>
    public async Task AppendAsync(IReadOnlyList<Entry> entries, CancellationToken cancellationToken = default)
    {
        List<Entry> batch = [];
        var bytes = 0L;
        foreach (var entry in entries)
        {
            var sent = await AsSentAsync(entry, cancellationToken).ConfigureAwait(false);
            var length = LengthOf(sent);
            if (batch.Count == limits.Entries || bytes + length > limits.SegmentBytes)
            {
                await SendAsync(batch, cancellationToken).ConfigureAwait(false);
                batch.Clear();
                bytes = 0;
            }
            batch.Add(sent);
            bytes += length;
        }
        if (batch.Count > 0) await SendAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends what was signed and not confirmed, if anything: the same bytes as before.</summary>
    /// <inheritdoc cref="AppendAsync(IReadOnlyList{Entry}, CancellationToken)"/>
    public async Task FlushAsync(CancellationToken cancellationToken = default)
    {
        if (!isCaughtUp) await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        if (await memory.FindPendingAsync(Log, cancellationToken).ConfigureAwait(false) is not { } bytes) return;
        if (Segment.TryParse(bytes, limits, out var segment) != SegmentFault.None || segment is null || !segment.IsFor(Log))
        {
            throw new RemoteLogException(
                $"The segment that is remembered as under way to {Log} is damaged. Give it up with ILogMemory.SetPendingAsync: unless another server has it, no harm is done.");
        }

        // Without the link before it, which has passed when another reader already saw it confirmed, the server's yes has to do.
        var checkpoint = segment.First == Sequence + 1 ? CheckpointAfter(segment.Entries, segment.Signature) : null;
        await ConfirmAsync(segment.Last, segment.Signature, checkpoint, bytes, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => claim.Dispose();

    private static long LengthOf(Entry entry) => entry.Header.Length + (entry.Data?.Length ?? 0L);

    /// <summary>
    /// Finds out where the log ends. Entries that this device does not know of came from another one with the same key: they must continue what is known.
    /// </summary>
    private async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        var walked = await memory.FindAsync(Log, Mark.Walked, cancellationToken).ConfigureAwait(false);
        var reader = new LogReader(client, Log, memory);
        position = (await reader.FindHeadAsync(cancellationToken).ConfigureAwait(false))?.Checkpoint;
        if (position is not null && walked is null)
        {
            await memory.RaiseAsync(Mark.Walked, position, cancellationToken).ConfigureAwait(false);
        }
        else if (walked?.Sequence < Sequence)
        {
            await foreach (var run in reader.WalkAsync(walked.Sequence, cancellationToken).ConfigureAwait(false)) position = run.Checkpoint;
        }
        isCaughtUp = true;
    }

    private async ValueTask<Entry> AsSentAsync(Entry entry, CancellationToken cancellationToken)
    {
        if (!EntryHeader.TryParse(entry.Header, out _)) throw new ArgumentException("An entry's header cannot be read, or is too long.", nameof(entry));
        if (entry.Data is not { } data)
        {
            return entry.Address is null ? throw new ArgumentException("An entry without data cannot be appended.", nameof(entry)) : entry;
        }
        if (LengthOf(entry) <= limits.EntryBytes) return entry;

        var address = await client.PutContentAsync(
            entry.DataDigest, () => new MemoryStream(data.ToArray(), writable: false), cancellationToken).ConfigureAwait(false);
        return entry.MovedTo(address);
    }

    private async ValueTask SendAsync(List<Entry> entries, CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken).ConfigureAwait(false);

        // 1. Sign what follows the newest confirmed entry. What a key answers with is checked before anything gets stuck with it.
        var unsigned = CheckpointAfter(entries, default);
        var text = Checkpoint.Text(Log, unsigned.Sequence, unsigned.Link);
        var checkpoint = unsigned with { Signature = await key.SignAsync(text, cancellationToken).ConfigureAwait(false) };
        if (!checkpoint.Verify()) throw new RemoteLogException($"The key did not sign as {Log.Owner}.");

        // 2. Remember before sending: after a crash the same bytes go out, or the owner would have signed two histories.
        var bytes = Segment.Write(Log, Sequence + 1, entries, checkpoint.Signature);
        await memory.SetPendingAsync(Log, bytes, cancellationToken).ConfigureAwait(false);

        // 3. Send until the server confirms.
        await ConfirmAsync(checkpoint.Sequence, checkpoint.Signature, checkpoint, bytes, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ConfirmAsync(
        long last, Signature signature, Checkpoint? sent, ReadOnlyMemory<byte> segment, CancellationToken cancellationToken)
    {
        Head head;
        try
        {
            head = await client.AppendAsync(Log, segment, cancellationToken).ConfigureAwait(false);
        }
        catch (RefusedException refused) when (refused.Problem == Problem.Gap && position is not null)
        {
            throw new RolledBackException(position, refused.Head);
        }
        catch (RefusedException refused) when (refused.Problem == Problem.Fork)
        {
            // The server's word is not enough: it could talk a writer into signing other entries and so make the fork itself.
            var forks = await client.GetForksAsync(Log, cancellationToken).ConfigureAwait(false);
            if (forks.FirstOrDefault(fork => fork.Refused.Signature == signature && fork.Kept.Log.Equals(Log) && fork.Verify()) is not { } proven) throw;

            // Both histories are out. The log goes on from the one that was kept, so sending the other again helps nobody.
            isCaughtUp = false;
            await memory.SetPendingAsync(Log, null, cancellationToken).ConfigureAwait(false);
            throw new ForkedException(proven.Kept, proven.Refused);
        }

        if (head.Sequence < last || !Checkpoint.Verify(Log, head.Sequence, head.Link, head.Signature))
        {
            throw new InvalidLogException(Log, last, "the server said yes to it, but what it shows does not hold it.");
        }
        if (sent is not null)
        {
            if (head.Sequence == last && head.Link != sent.Link) throw new ForkedException(sent, head.Checkpoint);
            position = sent;
            await memory.RaiseAsync(Mark.Walked, sent, cancellationToken).ConfigureAwait(false);
        }
        isCaughtUp = head.Sequence == Sequence;
        await memory.SetPendingAsync(Log, null, cancellationToken).ConfigureAwait(false);
    }

    private Checkpoint CheckpointAfter(IReadOnlyList<Entry> entries, Signature signature)
    {
        var link = Link;
        foreach (var entry in entries) link = Chain.Next(link, entry.HeaderDigest, entry.DataDigest);
        return new Checkpoint(Log, Sequence + entries.Count, link, signature);
    }
}
