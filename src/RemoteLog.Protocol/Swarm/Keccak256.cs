using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RemoteLog.Protocol.Swarm;

/// <summary>Keccak-256 with its original padding, as Ethereum and Swarm have it. FIPS 202's SHA3-256 pads otherwise.</summary>
public static class Keccak256
{
    /// <summary>Bytes taken in by one permutation.</summary>
    private const int Rate = 136;

    /// <summary>The length of what <see cref="HashPairs"/> hashes: two digests.</summary>
    private const int PairSize = 2 * Digest.Size;

    private const int RateLanes = Rate / sizeof(ulong);
    private const int PairLanes = PairSize / sizeof(ulong);
    private const int DigestLanes = Digest.Size / sizeof(ulong);
    private const ulong FirstPadding = 0x01;
    private const ulong LastPadding = 0x80UL << 56;

    public static Digest Hash(ReadOnlySpan<byte> data) => Hash(data, []);

    /// <summary>The digest of two parts, one after the other.</summary>
    public static Digest Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Span<ulong> state = stackalloc ulong[KeccakPermutation.Lanes];
        state.Clear();
        Span<byte> block = stackalloc byte[Rate];
        var filled = Absorb(state, block, 0, first);
        filled = Absorb(state, block, filled, second);

        block[filled..].Clear();
        block[filled] = (byte)FirstPadding;
        block[^1] |= 0x80;
        Absorb(state, block);

        Span<byte> digest = stackalloc byte[Digest.Size];
        for (var i = 0; i < DigestLanes; i++) BinaryPrimitives.WriteUInt64LittleEndian(digest[(i * sizeof(ulong))..], state[i]);
        return new Digest(digest);
    }

    /// <summary>
    /// The digest of each 64 bytes of <paramref name="input"/>, one after the other in <paramref name="output"/>, as many at once as the processor
    /// has room for. Both may begin at the same place.
    /// </summary>
    internal static void HashPairs(ReadOnlySpan<byte> input, Span<byte> output)
    {
        var count = input.Length / PairSize;
        var done = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Span<Vector512<ulong>> state = stackalloc Vector512<ulong>[KeccakPermutation.Lanes];
            for (; count - done > 1; done += Math.Min(count - done, Vector512<ulong>.Count)) HashPairs<Vector512<ulong>, EightLanes>(state, input, output, done, count);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Span<Vector256<ulong>> state = stackalloc Vector256<ulong>[KeccakPermutation.Lanes];
            for (; count - done > 1; done += Math.Min(count - done, Vector256<ulong>.Count)) HashPairs<Vector256<ulong>, FourLanes>(state, input, output, done, count);
        }
        if (done == count) return;

        Span<ulong> single = stackalloc ulong[KeccakPermutation.Lanes];
        for (; done < count; done++) HashPairs<ulong, OneLane>(single, input, output, done, count);
    }

    private static void HashPairs<T, TOps>(Span<T> state, ReadOnlySpan<byte> input, Span<byte> output, int done, int count)
        where T : unmanaged
        where TOps : ILaneOperations<T>
    {
        var width = Unsafe.SizeOf<T>() / sizeof(ulong);
        var now = Math.Min(width, count - done);
        state.Clear();

        // The state is read lane by lane: word w of pair p belongs to place p of lane w.
        var words = MemoryMarshal.Cast<T, ulong>(state);
        var source = MemoryMarshal.Cast<byte, ulong>(input.Slice(done * PairSize, now * PairSize));
        for (var pair = 0; pair < now; pair++)
        {
            for (var word = 0; word < PairLanes; word++) words[word * width + pair] = FromLittleEndian(source[pair * PairLanes + word]);
        }
        state[PairLanes] = TOps.Broadcast(FirstPadding);
        state[RateLanes - 1] = TOps.Broadcast(LastPadding);

        KeccakPermutation.Permute<T, TOps>(state);

        var target = MemoryMarshal.Cast<byte, ulong>(output.Slice(done * Digest.Size, now * Digest.Size));
        for (var pair = 0; pair < now; pair++)
        {
            for (var word = 0; word < DigestLanes; word++) target[pair * DigestLanes + word] = FromLittleEndian(words[word * width + pair]);
        }
    }

    private static ulong FromLittleEndian(ulong value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    /// <summary>Takes data in behind the first <paramref name="filled"/> bytes of a block, and says how many of the last block are filled.</summary>
    private static int Absorb(Span<ulong> state, Span<byte> block, int filled, ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            var taken = Math.Min(data.Length, Rate - filled);
            data[..taken].CopyTo(block[filled..]);
            data = data[taken..];
            filled += taken;
            if (filled < Rate) break;

            Absorb(state, block);
            filled = 0;
        }
        return filled;
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (var i = 0; i < RateLanes; i++) state[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(i * sizeof(ulong))..]);
        KeccakPermutation.Permute<ulong, OneLane>(state);
    }
}
