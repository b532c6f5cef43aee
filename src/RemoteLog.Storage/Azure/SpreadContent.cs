using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Azure;

/// <summary>Content spread over containers, of one account each, by its address.</summary>
internal sealed class SpreadContent(Rendezvous<BlobContent> containers) : IContentStore
{
    public Cid AddressOf(ReadOnlyMemory<byte> content) => Cid.Of(content.Span);

    public bool Accepts(CidKind kind) => true;

    public ValueTask PutAsync(Cid address, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        ContainerOf(address).PutAsync(address, content, cancellationToken);

    public ValueTask<UploadOutcome> UploadAsync(Cid address, Stream content, long maxBytes, CancellationToken cancellationToken) =>
        ContainerOf(address).UploadAsync(address, content, maxBytes, cancellationToken);

    public ValueTask<long?> FindLengthAsync(Cid address, CancellationToken cancellationToken) =>
        ContainerOf(address).FindLengthAsync(address, cancellationToken);

    public ValueTask<Stream?> FindAsync(Cid address, long offset, long? length, CancellationToken cancellationToken) =>
        ContainerOf(address).FindAsync(address, offset, length, cancellationToken);

    public ValueTask DeleteAsync(Cid address, CancellationToken cancellationToken) => ContainerOf(address).DeleteAsync(address, cancellationToken);

    private BlobContent ContainerOf(Cid address) => containers.Of(address.Hash);
}
