using System.Security.Cryptography;

namespace RemoteLog.Testing;

/// <summary>Dice that fall the same way each time.</summary>
public sealed class SeededRandom(int seed = 1) : RandomNumberGenerator
{
    private readonly Random random = new(seed);

    public override void GetBytes(byte[] data)
    {
        lock (random) random.NextBytes(data);
    }
}
