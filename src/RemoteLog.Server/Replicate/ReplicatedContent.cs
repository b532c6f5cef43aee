using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Replicate;

/// <summary>
/// Content in two stores: written to the first, copied to the second by a job, and read from whichever has it. Both know it by the same address, of the
/// kind that the second store goes by or else the first, so nothing has to say where a copy is. Content under an address that only the first accepts
/// stays there alone.
/// </summary>
/// <param name="name">Which content this is, in jobs.</param>
public sealed class ReplicatedContent(string name, IContentStore first, IContentStore second, IJobQueue jobs) : IContentStore
{
    /// <summary>The job queue of content to be copied; a job's body is the name of the content and its address.</summary>
    public const string Queue = "replicate";

    /// <summary>How long writing to the first store usually takes at the most: a job is there before its content is.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(2);

    private const int CopyBytes = 64 * 1024;

    /// <summary>Which content this is, in jobs.</summary>
    public string Name => name;

    public Cid AddressOf(ReadOnlyMemory<byte> content)
    {
        var address = second.AddressOf(content);
        return first.Accepts(address.Kind) ? address : first.AddressOf(content);
    }

    public bool Accepts(CidKind kind) => first.Accepts(kind);

    public async ValueTask PutAsync(Cid address, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        // The job first: a crash in between leaves a job that finds nothing to copy, never content that is in one store for good.
        await EnqueueAsync(address, cancellationToken);
        await first.PutAsync(address, content, cancellationToken);
    }

    public async ValueTask<UploadOutcome> UploadAsync(Cid address, Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        var outcome = await first.UploadAsync(address, content, maxBytes, cancellationToken);

        // The job last, so that what is refused costs none: after a crash in between, nobody was told yet that it is stored.
        if (outcome is UploadOutcome.Stored or UploadOutcome.AlreadyThere) await EnqueueAsync(address, cancellationToken);
        return outcome;
    }

    public ValueTask<long?> FindLengthAsync(Cid address, CancellationToken cancellationToken) =>
        FindAsync(address, store => store.FindLengthAsync(address, cancellationToken));

    public ValueTask<Stream?> FindAsync(Cid address, long offset, long? length, CancellationToken cancellationToken) =>
        FindAsync(address, store => store.FindAsync(address, offset, length, cancellationToken));

    public async ValueTask DeleteAsync(Cid address, CancellationToken cancellationToken)
    {
        if (second.Accepts(address.Kind)) await second.DeleteAsync(address, cancellationToken);
        if (first.Accepts(address.Kind)) await first.DeleteAsync(address, cancellationToken);
    }

    /// <summary>Copies content to the second store. Safe to repeat: a store that knows that it has it takes nothing.</summary>
    /// <returns>False when the first store does not have it.</returns>
    public ValueTask<bool> CopyAsync(Cid address, CancellationToken cancellationToken) => CopyAsync(address, first, second, cancellationToken);

    /// <summary>Reads all of both copies, and replaces one that is missing or damaged from the other.</summary>
    public async ValueTask<RepairOutcome> RepairAsync(Cid address, CancellationToken cancellationToken)
    {
        if (!first.Accepts(address.Kind) || !second.Accepts(address.Kind)) return RepairOutcome.NotReplicated;

        var (inFirst, inSecond) = (await IsWholeAsync(first, address, cancellationToken), await IsWholeAsync(second, address, cancellationToken));
        if (inFirst && inSecond) return RepairOutcome.Whole;
        if (!inFirst && !inSecond) return RepairOutcome.Lost;

        var (from, to) = inFirst ? (first, second) : (second, first);

        // A damaged copy stands in the way of a good one.
        await to.DeleteAsync(address, cancellationToken);
        return await CopyAsync(address, from, to, cancellationToken) ? RepairOutcome.Repaired : RepairOutcome.Lost;
    }

    private static async ValueTask<bool> CopyAsync(Cid address, IContentStore from, IContentStore to, CancellationToken cancellationToken)
    {
        await using var content = await from.FindAsync(address, 0, null, cancellationToken);
        return content is not null
            && await to.UploadAsync(address, content, long.MaxValue, cancellationToken) is UploadOutcome.Stored or UploadOutcome.AlreadyThere;
    }

    private static async ValueTask<bool> IsWholeAsync(IContentStore store, Cid address, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await store.FindAsync(address, 0, null, cancellationToken);
            if (content is null) return false;

            using var hash = new ContentHasher(address.Kind);
            var buffer = new byte[CopyBytes];
            while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read) hash.Append(buffer.AsSpan(0, read));
            return hash.Finish() == address;
        }
        catch (MissingPartException)
        {
            return false;
        }
    }

    /// <summary>From the first store; from the second when the first has nothing or cannot say.</summary>
    private async ValueTask<T?> FindAsync<T>(Cid address, Func<IContentStore, ValueTask<T?>> find)
    {
        StorageUnavailableException? failure = null;
        foreach (var store in (IContentStore[])[first, second])
        {
            if (!store.Accepts(address.Kind)) continue;
            try
            {
                if (await find(store) is { } found) return found;
            }
            catch (StorageUnavailableException exception)
            {
                failure ??= exception;
            }
        }
        return failure is null ? default : throw failure;
    }

    private ValueTask EnqueueAsync(Cid address, CancellationToken cancellationToken) => second.Accepts(address.Kind)
        ? jobs.EnqueueAsync(Queue, Encoding.ASCII.GetBytes($"{name} {address}"), HeadStart, cancellationToken)
        : ValueTask.CompletedTask;
}

/// <summary>What became of content whose two copies were compared.</summary>
public enum RepairOutcome
{
    /// <summary>Both stores have it.</summary>
    Whole,

    /// <summary>One store lacked it or had it damaged, and has it now.</summary>
    Repaired,

    /// <summary>Neither store has it.</summary>
    Lost,

    /// <summary>Its address is of a kind that only one store knows.</summary>
    NotReplicated,
}
