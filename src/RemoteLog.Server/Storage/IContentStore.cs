using RemoteLog.Protocol;

namespace RemoteLog.Server.Storage;

/// <summary>Immutable bytes under their own address. Readers may see a write late, never wrong, never half.</summary>
public interface IContentStore
{
    /// <summary>The address that this store gives to <paramref name="content"/>.</summary>
    Cid AddressOf(ReadOnlyMemory<byte> content);

    /// <summary>Whether this store can keep content under addresses of this kind.</summary>
    bool Accepts(CidKind kind);

    /// <summary>Durable once the task completes. Storing the same content again succeeds and writes nothing.</summary>
    /// <param name="address">What <see cref="AddressOf"/> said of <paramref name="content"/>; not checked again.</param>
    ValueTask PutAsync(Cid address, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Takes content in as it comes, checking it on the way; nothing is kept unless it turns out to be what <paramref name="address"/> says.</summary>
    /// <param name="maxBytes">Reading stops past this length.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is kept. Nor is it when reading fails, which passes through as it is.</exception>
    ValueTask<UploadOutcome> UploadAsync(Cid address, Stream content, long maxBytes, CancellationToken cancellationToken);

    /// <summary>Length in bytes; null when there is no such content.</summary>
    ValueTask<long?> FindLengthAsync(Cid address, CancellationToken cancellationToken);

    /// <summary>
    /// Reads <paramref name="length"/> bytes from <paramref name="offset"/>; null when there is no such content. From past its end there is nothing
    /// to read. The caller disposes of the stream.
    /// </summary>
    /// <param name="length">Bytes wanted at the most; null: to the end.</param>
    ValueTask<Stream?> FindAsync(Cid address, long offset, long? length, CancellationToken cancellationToken);

    /// <summary>Forgets content, where the store can: one that shares it with others only lets go of it. Deleting what is not there succeeds.</summary>
    ValueTask DeleteAsync(Cid address, CancellationToken cancellationToken);
}

/// <summary>How an upload ended.</summary>
public enum UploadOutcome
{
    /// <summary>It is there now.</summary>
    Stored,

    /// <summary>It was there before; a store that shares its content with others need not know.</summary>
    AlreadyThere,

    /// <summary>The content does not hash to its address; nothing is kept.</summary>
    WrongAddress,

    /// <summary>Longer than allowed; nothing is kept.</summary>
    TooLarge,
}
