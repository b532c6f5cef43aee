using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace RemoteLog.Protocol.Swarm;

/// <summary>Keccak-f[1600], of one state or of several side by side: each vector holds the same lane of as many states.</summary>
internal static class KeccakPermutation
{
    /// <summary>Lanes of a state.</summary>
    public const int Lanes = 25;

    private static ReadOnlySpan<ulong> RoundConstants =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
        0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    /// <param name="s">25 lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Permute<T, TOps>(Span<T> s)
        where TOps : ILaneOperations<T>
    {
        var (a0, a1, a2, a3, a4) = (s[0], s[1], s[2], s[3], s[4]);
        var (a5, a6, a7, a8, a9) = (s[5], s[6], s[7], s[8], s[9]);
        var (a10, a11, a12, a13, a14) = (s[10], s[11], s[12], s[13], s[14]);
        var (a15, a16, a17, a18, a19) = (s[15], s[16], s[17], s[18], s[19]);
        var (a20, a21, a22, a23, a24) = (s[20], s[21], s[22], s[23], s[24]);

        foreach (var constant in RoundConstants)
        {
            // Theta: each lane takes in the parity of two columns.
            var c0 = TOps.Xor(TOps.Xor(TOps.Xor(a0, a5), TOps.Xor(a10, a15)), a20);
            var c1 = TOps.Xor(TOps.Xor(TOps.Xor(a1, a6), TOps.Xor(a11, a16)), a21);
            var c2 = TOps.Xor(TOps.Xor(TOps.Xor(a2, a7), TOps.Xor(a12, a17)), a22);
            var c3 = TOps.Xor(TOps.Xor(TOps.Xor(a3, a8), TOps.Xor(a13, a18)), a23);
            var c4 = TOps.Xor(TOps.Xor(TOps.Xor(a4, a9), TOps.Xor(a14, a19)), a24);
            var d0 = TOps.Xor(c4, TOps.RotateLeft(c1, 1));
            var d1 = TOps.Xor(c0, TOps.RotateLeft(c2, 1));
            var d2 = TOps.Xor(c1, TOps.RotateLeft(c3, 1));
            var d3 = TOps.Xor(c2, TOps.RotateLeft(c4, 1));
            var d4 = TOps.Xor(c3, TOps.RotateLeft(c0, 1));

            // Rho and pi: each lane is turned and moves to another place.
            var b0 = TOps.Xor(a0, d0);
            var b1 = TOps.RotateLeft(TOps.Xor(a6, d1), 44);
            var b2 = TOps.RotateLeft(TOps.Xor(a12, d2), 43);
            var b3 = TOps.RotateLeft(TOps.Xor(a18, d3), 21);
            var b4 = TOps.RotateLeft(TOps.Xor(a24, d4), 14);
            var b5 = TOps.RotateLeft(TOps.Xor(a3, d3), 28);
            var b6 = TOps.RotateLeft(TOps.Xor(a9, d4), 20);
            var b7 = TOps.RotateLeft(TOps.Xor(a10, d0), 3);
            var b8 = TOps.RotateLeft(TOps.Xor(a16, d1), 45);
            var b9 = TOps.RotateLeft(TOps.Xor(a22, d2), 61);
            var b10 = TOps.RotateLeft(TOps.Xor(a1, d1), 1);
            var b11 = TOps.RotateLeft(TOps.Xor(a7, d2), 6);
            var b12 = TOps.RotateLeft(TOps.Xor(a13, d3), 25);
            var b13 = TOps.RotateLeft(TOps.Xor(a19, d4), 8);
            var b14 = TOps.RotateLeft(TOps.Xor(a20, d0), 18);
            var b15 = TOps.RotateLeft(TOps.Xor(a4, d4), 27);
            var b16 = TOps.RotateLeft(TOps.Xor(a5, d0), 36);
            var b17 = TOps.RotateLeft(TOps.Xor(a11, d1), 10);
            var b18 = TOps.RotateLeft(TOps.Xor(a17, d2), 15);
            var b19 = TOps.RotateLeft(TOps.Xor(a23, d3), 56);
            var b20 = TOps.RotateLeft(TOps.Xor(a2, d2), 62);
            var b21 = TOps.RotateLeft(TOps.Xor(a8, d3), 55);
            var b22 = TOps.RotateLeft(TOps.Xor(a14, d4), 39);
            var b23 = TOps.RotateLeft(TOps.Xor(a15, d0), 41);
            var b24 = TOps.RotateLeft(TOps.Xor(a21, d1), 2);

            // Chi, along rows; iota, on the first lane.
            a0 = TOps.Xor(TOps.Chi(b0, b1, b2), TOps.Broadcast(constant));
            a1 = TOps.Chi(b1, b2, b3);
            a2 = TOps.Chi(b2, b3, b4);
            a3 = TOps.Chi(b3, b4, b0);
            a4 = TOps.Chi(b4, b0, b1);
            a5 = TOps.Chi(b5, b6, b7);
            a6 = TOps.Chi(b6, b7, b8);
            a7 = TOps.Chi(b7, b8, b9);
            a8 = TOps.Chi(b8, b9, b5);
            a9 = TOps.Chi(b9, b5, b6);
            a10 = TOps.Chi(b10, b11, b12);
            a11 = TOps.Chi(b11, b12, b13);
            a12 = TOps.Chi(b12, b13, b14);
            a13 = TOps.Chi(b13, b14, b10);
            a14 = TOps.Chi(b14, b10, b11);
            a15 = TOps.Chi(b15, b16, b17);
            a16 = TOps.Chi(b16, b17, b18);
            a17 = TOps.Chi(b17, b18, b19);
            a18 = TOps.Chi(b18, b19, b15);
            a19 = TOps.Chi(b19, b15, b16);
            a20 = TOps.Chi(b20, b21, b22);
            a21 = TOps.Chi(b21, b22, b23);
            a22 = TOps.Chi(b22, b23, b24);
            a23 = TOps.Chi(b23, b24, b20);
            a24 = TOps.Chi(b24, b20, b21);
        }

        (s[0], s[1], s[2], s[3], s[4]) = (a0, a1, a2, a3, a4);
        (s[5], s[6], s[7], s[8], s[9]) = (a5, a6, a7, a8, a9);
        (s[10], s[11], s[12], s[13], s[14]) = (a10, a11, a12, a13, a14);
        (s[15], s[16], s[17], s[18], s[19]) = (a15, a16, a17, a18, a19);
        (s[20], s[21], s[22], s[23], s[24]) = (a20, a21, a22, a23, a24);
    }
}

/// <summary>What the permutation does with lanes.</summary>
internal interface ILaneOperations<T>
{
    static abstract T Broadcast(ulong value);

    static abstract T Xor(T left, T right);

    static abstract T RotateLeft(T value, [ConstantExpected] byte count);

    /// <summary><c>a ^ (~b &amp; c)</c></summary>
    static abstract T Chi(T a, T b, T c);
}
