using System.IO.Hashing;
using System.Text;
using RemoteLog.Protocol;

namespace RemoteLog.Storage.Azure;

/// <summary>
/// Spreads ids over accounts: each id goes to the account with which it hashes highest. When an account is added, only the ids move that go to it.
/// </summary>
internal sealed class Rendezvous<T>(IReadOnlyList<(string Name, T Value)> choices)
{
    private readonly (byte[] Name, T Value)[] choices = [.. choices.Select(choice => (Encoding.UTF8.GetBytes(choice.Name), choice.Value))];

    public IEnumerable<T> All => choices.Select(choice => choice.Value);

    public T Of(in Digest id)
    {
        if (choices is [var only]) return only.Value;
        var (best, bestWeight) = (choices[0].Value, 0UL);
        foreach (var (name, value) in choices)
        {
            var weight = XxHash3.HashToUInt64([.. name, .. id.Span]);
            if (weight >= bestWeight) (best, bestWeight) = (value, weight);
        }
        return best;
    }
}
