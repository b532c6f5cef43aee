using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>Makes a device's statements, each with a number above that of all before, which is remembered before the statement leaves.</summary>
internal sealed class DeviceStatements(RemoteLogClient client, ILogKey key, DeviceNotebook notebook)
{
    /// <summary>Numbers to try: another process of this device may have come first, and the server knows more after a memory was lost.</summary>
    private const int Attempts = 5;

    /// <param name="say">The statement with a number, unsigned.</param>
    /// <param name="cancellationToken">Cancelled, the statement may have been made or not.</param>
    /// <exception cref="RefusedException">The server does not accept it.</exception>
    public async Task<DeviceStatus> StateAsync(Func<long, DeviceStatement> say, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var notes = await notebook.ChangeAsync(notes => notes with { Number = notes.Number + 1 }, cancellationToken).ConfigureAwait(false);
            var unsigned = say(notes.Number);
            var statement = unsigned with { Signature = await key.SignAsync(unsigned.Text(), cancellationToken).ConfigureAwait(false) };
            if (!statement.Verify()) throw new RemoteLogException($"The key did not sign as {key.Owner}.");
            try
            {
                return await client.StateAsync(statement, cancellationToken).ConfigureAwait(false);
            }
            catch (RefusedException refused) when (refused is { Problem: Problem.StaleNumber, Number: < long.MaxValue } && attempt < Attempts)
            {
                await notebook.ChangeAsync(
                    now => refused.Number > now.Number ? now with { Number = refused.Number } : now, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
