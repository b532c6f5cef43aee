namespace RemoteLog.Client.Tests;

/// <summary>A key such as a chip may hold: it signs, counts how often, and shows nothing else.</summary>
public sealed class TestKey(SigningKey key) : ILogKey
{
    public TestKey()
        : this(SigningKey.Create())
    {
    }

    public Owner Owner => key.Owner;

    public int Signatures { get; private set; }

    /// <summary>Signs in its place: a chip gone wrong.</summary>
    public SigningKey? Other { get; init; }

    public ValueTask<Signature> SignAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        Signatures++;
        return new((Other ?? key).Sign(text.Span));
    }
}
