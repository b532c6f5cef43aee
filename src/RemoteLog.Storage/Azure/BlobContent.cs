using System.Buffers;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Content of one container, as block blobs named by their addresses. A blob comes into being whole, or not at all: by one request, or by blocks that
/// nobody sees until their list is committed. Blocks of uploads that were broken off are dropped by the service within a week.
/// </summary>
internal sealed class BlobContent(BlobServiceClient service, string name)
{
    private const int BlockBytes = 4 * 1024 * 1024;

    private static readonly BlobRequestConditions IfAbsent = new() { IfNoneMatch = ETag.All };

    private readonly BlobContainerClient container = service.GetBlobContainerClient(name);

    public async ValueTask CreateAsync(CancellationToken cancellationToken) =>
        await container.CreateIfNotExistsAsync(PublicAccessType.None, cancellationToken: cancellationToken);

    public async ValueTask PutAsync(Cid address, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await TryPutAsync(address, content, cancellationToken);

    public async ValueTask<UploadOutcome> UploadAsync(Cid address, Stream content, long maxBytes, CancellationToken cancellationToken)
    {
        if (await FindLengthAsync(address, cancellationToken) is not null) return UploadOutcome.AlreadyThere;

        using var hash = new ContentHasher(address.Kind);
        var buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            // Two uploads of one address at once must not mix their blocks, of which one may be wrong: block names are an upload's own.
            var upload = Guid.NewGuid();
            List<string> blocks = [];
            for (long total = 0; ;)
            {
                // A byte more than allowed is enough to know.
                var wanted = (int)Math.Min(BlockBytes, maxBytes - total + 1);
                var read = await content.ReadAtLeastAsync(buffer.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken);
                total += read;
                if (total > maxBytes) return UploadOutcome.TooLarge;
                hash.Append(buffer.AsSpan(0, read));
                var last = read < wanted;
                if (last && hash.Finish() != address) return UploadOutcome.WrongAddress;

                var block = buffer.AsMemory(0, read);
                if (last && blocks.Count == 0) return await TryPutAsync(address, block, cancellationToken) ? UploadOutcome.Stored : UploadOutcome.AlreadyThere;
                if (read > 0) blocks.Add(await StageAsync(address, $"{upload:N}{blocks.Count:x8}", block, cancellationToken));
                if (last) return await TryCommitAsync(address, blocks, cancellationToken) ? UploadOutcome.Stored : UploadOutcome.AlreadyThere;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public async ValueTask<long?> FindLengthAsync(Cid address, CancellationToken cancellationToken)
    {
        try
        {
            return (await BlobOf(address).GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ContentLength;
        }
        catch (RequestFailedException exception) when (IsAbsent(exception))
        {
            return null;
        }
    }

    public async ValueTask<Stream?> FindAsync(Cid address, long offset, long? length, CancellationToken cancellationToken)
    {
        if (length == 0) return await FindLengthAsync(address, cancellationToken) is null ? null : Stream.Null;
        try
        {
            var options = new BlobDownloadOptions { Range = new HttpRange(offset, length) };
            return (await BlobOf(address).DownloadStreamingAsync(options, cancellationToken)).Value.Content;
        }
        catch (RequestFailedException exception) when (IsAbsent(exception))
        {
            return null;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.InvalidRange)
        {
            return Stream.Null;
        }
    }

    public async ValueTask DeleteAsync(Cid address, CancellationToken cancellationToken) =>
        await BlobOf(address).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>A container that is not there is no reason to say that content is not: then nothing is as it should be.</summary>
    private static bool IsAbsent(RequestFailedException exception) =>
        exception.Status == 404 && exception.ErrorCode != BlobErrorCode.ContainerNotFound;

    private static bool IsThere(RequestFailedException exception) =>
        exception.ErrorCode == BlobErrorCode.BlobAlreadyExists || exception.ErrorCode == BlobErrorCode.ConditionNotMet;

    private BlockBlobClient BlobOf(Cid address) => container.GetBlockBlobClient(address.ToString());

    private async ValueTask<bool> TryPutAsync(Cid address, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = BinaryData.FromBytes(content).ToStream();
            await BlobOf(address).UploadAsync(stream, new BlobUploadOptions { Conditions = IfAbsent }, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (IsThere(exception))
        {
            return false;
        }
    }

    private async ValueTask<string> StageAsync(Cid address, string block, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var id = Convert.ToBase64String(Encoding.ASCII.GetBytes(block));
        using var stream = BinaryData.FromBytes(content).ToStream();
        await BlobOf(address).StageBlockAsync(id, stream, cancellationToken: cancellationToken);
        return id;
    }

    private async ValueTask<bool> TryCommitAsync(Cid address, List<string> blocks, CancellationToken cancellationToken)
    {
        try
        {
            await BlobOf(address).CommitBlockListAsync(blocks, new CommitBlockListOptions { Conditions = IfAbsent }, cancellationToken);
            return true;
        }
        catch (RequestFailedException exception) when (IsThere(exception))
        {
            return false;
        }
        catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // Another upload of the same came first, and with its commit the service dropped our blocks. If its content is gone again by now, ours is too.
            return await FindLengthAsync(address, cancellationToken) is not null
                ? false
                : throw new StorageUnavailableException($"{address} was deleted while it was uploaded.", TimeSpan.FromSeconds(1), exception);
        }
    }
}
