using System.Text;
using RemoteLog.Protocol;

namespace RemoteLog.Bee.Emulator;

/// <summary>The manifest that POST /feeds makes: a mantaray node for the path "/" whose metadata name the feed.</summary>
internal static class FeedManifest
{
    /// <summary>keccak256 of "mantaray:0.2", of which a node has the first 31 bytes.</summary>
    private static readonly byte[] Version = Convert.FromHexString("5768b3b6a7db56d21d1abff40d41cebfc83448fed8d7e9b06ec0d3b073f28f");

    private const int ReferenceSize = Digest.Size;
    private const int MaxPrefix = 30;

    /// <summary>An edge to a node that has both a value and metadata.</summary>
    private const byte ValueWithMetadata = 0x12;

    /// <summary>The node for "/" and then the root.</summary>
    public static IReadOnlyList<Chunk> Chunks(byte[] owner, byte[] topic)
    {
        var child = Only([.. Head(), .. new byte[32]]);

        // The fork map has bit 0x2f set, for "/".
        var forks = new byte[32];
        forks['/' / 8] = 1 << ('/' % 8);
        var metadata = Encoding.ASCII.GetBytes(
            $$"""{"swarm-feed-owner":"{{Convert.ToHexStringLower(owner)}}","swarm-feed-topic":"{{Convert.ToHexStringLower(topic)}}","swarm-feed-type":"Sequence"}""");
        var padded = Padded(metadata.Length);
        byte[] root =
        [
            .. Head(), .. forks,
            ValueWithMetadata, 1, (byte)'/', .. new byte[MaxPrefix - 1], .. child.Address.Span,
            (byte)(padded >> 8), (byte)padded, .. metadata, .. Enumerable.Repeat((byte)'\n', padded - metadata.Length),
        ];
        return [child, Only(root)];
    }

    /// <summary>Not obfuscated, with no value of its own.</summary>
    private static byte[] Head() => [.. new byte[32], .. Version, ReferenceSize, .. new byte[ReferenceSize]];

    /// <summary>With its length's two bytes a multiple of 32: a further 32 where it is one already, unless it is the first.</summary>
    private static int Padded(int length)
    {
        var size = length + 2;
        if (size < 32) size = 32;
        else if (size > 32) size += 32 - size % 32;
        return size - 2;
    }

    private static Chunk Only(byte[] node) => ChunkTree.Split(node).Single();
}
