namespace RemoteLog.Client;

/// <summary>Forgets everything with the process: for devices that register anew each time, and for tests.</summary>
public sealed class InMemoryDeviceMemory : IDeviceMemory
{
    private readonly Lock gate = new();
    private ReadOnlyMemory<byte> remembered;

    public ValueTask ChangeAsync(Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> change, CancellationToken cancellationToken)
    {
        lock (gate) remembered = change(remembered) ?? remembered;
        return default;
    }
}
