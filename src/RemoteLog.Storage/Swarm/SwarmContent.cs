using System.Net;
using Microsoft.Win32.SafeHandles;
using RemoteLog.Protocol;
using RemoteLog.Protocol.Swarm;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Swarm;

/// <summary>
/// Content in Swarm, through Bee nodes that need not be trusted: addresses are computed here before anything is uploaded, and every chunk that is read is
/// checked before any of it is passed on.
/// Swarm cannot forget. <see cref="DeleteAsync"/> lets our nodes unpin; others keep what they have until nobody pays for the batch any more. What must
/// be forgotten has to be encrypted by the device that wrote it.
/// </summary>
public sealed class SwarmContent : IContentStore, IDisposable
{
    /// <summary>Bee closes idle connections after 30 s; one that it is about to close must not be used.</summary>
    private static readonly TimeSpan IdleLife = TimeSpan.FromSeconds(20);

    private readonly bool pin;

    private SwarmContent(BeeNodes nodes, bool pin)
    {
        Nodes = nodes;
        this.pin = pin;
    }

    /// <summary>Through which it is kept.</summary>
    public BeeNodes Nodes { get; }

    /// <summary>Opens it without asking anything of a node.</summary>
    /// <param name="time">By which requests are limited and sent again.</param>
    /// <param name="jitter">Numbers from 0 to 1 that keep many services from asking at the same moment; null: random ones.</param>
    /// <param name="transport">How requests travel; null: over HTTP.</param>
    /// <exception cref="ArgumentException">No node, or no batch.</exception>
    public static SwarmContent Open(SwarmOptions options, TimeProvider time, Func<double>? jitter = null, HttpMessageHandler? transport = null)
    {
        if (options.Nodes.Count == 0) throw new ArgumentException("At least one Bee node is needed.", nameof(options));
        if (options.Batches.Count == 0) throw new ArgumentException("At least one postage batch is needed.", nameof(options));
        transport ??= new SocketsHttpHandler { PooledConnectionIdleTimeout = IdleLife, ConnectTimeout = TimeSpan.FromSeconds(5), UseCookies = false, ActivityHeadersPropagator = null };
        return new SwarmContent(new BeeNodes(options, time, jitter ?? Random.Shared.NextDouble, transport), options.Pin);
    }

    public Cid AddressOf(ReadOnlyMemory<byte> content) => TreeHasher.AddressOf(content.Span);

    public bool Accepts(CidKind kind) => kind == CidKind.Swarm;

    public ValueTask PutAsync(Cid address, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        StoreAsync(address, () => new ReadOnlyMemoryContent(content), content.Length, cancellationToken);

    /// <summary>The content is first taken in aside, in a temporary file: no node gets to see what does not hash to its address.</summary>
    public async ValueTask<UploadOutcome> UploadAsync(Cid address, Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        CheckKind(address);
        await using var aside = new FileStream(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
            });
        var hasher = new TreeHasher();
        var buffer = new byte[64 * 1024];
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (hasher.Length + read > maxBytes) return UploadOutcome.TooLarge;
            hasher.Append(buffer.AsSpan(0, read));
            await aside.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        var length = hasher.Length;
        if (hasher.Finish() != address.Hash) return UploadOutcome.WrongAddress;

        // Uploaded even when the root is there already: that says nothing of the rest, and what is there costs no new stamp.
        var wasThere = await Nodes.IsAtHandAsync(address.Hash, cancellationToken);
        await StoreAsync(address, () => new FileContent(aside.SafeFileHandle, length), length, cancellationToken);
        return wasThere ? UploadOutcome.AlreadyThere : UploadOutcome.Stored;
    }

    public async ValueTask<long?> FindLengthAsync(Cid address, CancellationToken cancellationToken) =>
        await FindRootAsync(address, cancellationToken) is { } root ? (long)root.Span : null;

    /// <summary>
    /// Content is fetched chunk by chunk, a few ahead of the reader. What Bee joins by itself ends early and silently where a chunk is missing, and shows
    /// only at its end whether it was genuine; a chunk can be checked before a byte of it is passed on, and a range costs no more than its chunks.
    /// </summary>
    public async ValueTask<Stream?> FindAsync(Cid address, long offset, long? length, CancellationToken cancellationToken)
    {
        if (await FindRootAsync(address, cancellationToken) is not { } root) return null;
        var tree = new TreeReader((reference, token) => Nodes.ReadAsync(reference.Address, reference.IsOf, token));
        var end = length is { } wanted ? (long)Math.Min(root.Span, (ulong)offset + (ulong)wanted) : (long)root.Span;

        // What is read later ends with its own reader's token, not with the one under which it was found.
        return end <= offset ? Stream.Null : new ChunkStream(tree.ReadAsync(root, offset, end, CancellationToken.None));
    }

    /// <summary>Unpins. The network keeps the content until its batch expires, and whoever knows the address can read it: Swarm cannot forget.</summary>
    public async ValueTask DeleteAsync(Cid address, CancellationToken cancellationToken)
    {
        CheckKind(address);
        await Nodes.UnpinAsync(address.Hash, cancellationToken);
    }

    public void Dispose() => Nodes.Dispose();

    private static void CheckKind(Cid address)
    {
        if (address.Kind != CidKind.Swarm) throw new ArgumentException($"Only Swarm addresses are kept here, not {address}.", nameof(address));
    }

    private ValueTask StoreAsync(Cid address, Func<HttpContent> open, long length, CancellationToken cancellationToken)
    {
        CheckKind(address);
        return Nodes.StoreAsync(
            address.ToString(), address.Hash, pin,
            async (api, batch, token) =>
            {
                using var content = open();
                return await api.UploadAsync(batch, content, length, token);
            },
            cancellationToken);
    }

    private async ValueTask<Chunk?> FindRootAsync(Cid address, CancellationToken cancellationToken)
    {
        CheckKind(address);
        try
        {
            // A root promises nothing but its address; where its span is one that data has, its payload must fit it.
            return await Nodes.ReadAsync(
                address.Hash,
                chunk => chunk.Address == address.Hash && (chunk.Span > Chunk.MaxPayload ? ChunkReference.TryReadChildren(chunk, out _) : (ulong)chunk.Payload.Length == chunk.Span),
                cancellationToken);
        }
        catch (MissingPartException)
        {
            return null;
        }
    }

    /// <summary>A file from its beginning, however often; an attempt that was given up may still be reading it while the next begins.</summary>
    private sealed class FileContent(SafeFileHandle file, long length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            var buffer = new byte[64 * 1024];
            for (var at = 0L; at < length;)
            {
                var read = await RandomAccess.ReadAsync(file, buffer, at, cancellationToken);
                if (read == 0) throw new EndOfStreamException("The file with the content was cut.");
                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                at += read;
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
