namespace RemoteLog.Client;

/// <summary>
/// What a device must not forget about how it is woken by one server: the number of its newest statement, the key that reads its hints, what it follows and
/// how much of that it has. A few kilobytes, opaque; whoever reads them can read the device's hints.
/// </summary>
public interface IDeviceMemory
{
    /// <summary>One change at a time, whoever makes it, and durable once the task completes.</summary>
    /// <param name="change">Is given what is remembered (empty: nothing yet) and returns what takes its place; null: it stays as it is.</param>
    /// <param name="cancellationToken">Cancels the wait for another's change, never half of one.</param>
    ValueTask ChangeAsync(Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> change, CancellationToken cancellationToken);
}
