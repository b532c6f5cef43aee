using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using RemoteLog.Push.Http;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Hosts;

/// <summary>The way of every hint: through its host's gate, within its time, and counted. What went wrong on it is an outcome.</summary>
internal sealed partial class Attempts(PushMeter meter, TimeProvider time, ILogger logger)
{
    /// <summary>Of this process alone, so that marks in logs tell devices and hosts apart and nobody can compute them.</summary>
    private readonly byte[] markKey = RandomNumberGenerator.GetBytes(32);

    /// <param name="provider">Who carries it.</param>
    /// <param name="host">What operators are told it went to: a known service, or a mark.</param>
    /// <param name="gate">What is known about the host.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="timeout">How long the whole of it may take.</param>
    /// <param name="send">The request itself.</param>
    /// <param name="cancellationToken">The caller's; its cancellation passes through.</param>
    public async ValueTask<PushOutcome> RunAsync(
        Provider provider, string host, HostGate gate, PushTarget target, TimeSpan timeout, Func<CancellationToken, ValueTask<Answer>> send, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        PushOutcome outcome;
        if (!gate.TryEnter(out var wait))
        {
            outcome = new PushOutcome.HostPause(wait);
        }
        else
        {
            Answer answer;
            try
            {
                meter.Sent(provider);
                answer = await SendAsync(timeout, send, cancellationToken);
            }
            catch
            {
                gate.Abandon();
                throw;
            }
            var mark = answer.Verdict == Verdict.Accepted ? 0 : Mark(target.Endpoint);
            (outcome, var change) = gate.Leave(answer, mark);
            if (outcome is not PushOutcome.Accepted) NotAccepted(provider, host, mark, outcome.GetType().Name, answer.Reason);
            Tell(provider, host, change, answer.Reason);
        }
        meter.Record(provider, outcome);
        return outcome;
    }

    /// <summary>What stands in logs for what must not.</summary>
    public ulong Mark(string secret) => BitConverter.ToUInt64(HMACSHA256.HashData(markKey, Encoding.UTF8.GetBytes(secret)));

    private async ValueTask<Answer> SendAsync(TimeSpan timeout, Func<CancellationToken, ValueTask<Answer>> send, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await send(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Answer(Verdict.Failed, "no answer in time");
        }
        catch (HttpRequestException exception) when (exception.InnerException is ForbiddenAddressException)
        {
            return new Answer(Verdict.Strike, "forbidden address");
        }
        catch (HttpRequestException exception)
        {
            return new Answer(Verdict.Failed, exception.HttpRequestError.ToString());
        }
        catch (IOException)
        {
            return new Answer(Verdict.Failed, "the answer broke off");
        }
    }

    private void Tell(Provider provider, string host, HostChange change, string reason)
    {
        switch (change)
        {
            case HostChange.Broken:
                Broken(provider, host, reason);
                break;
            case HostChange.Refused:
                Refused(provider, host, reason);
                break;
            case HostChange.Recovered:
                Recovered(provider, host);
                break;
            case HostChange.Doubted:
                meter.Doubted(provider);
                Doubted(provider, host);
                break;
            case HostChange.None:
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Provider} at {Host} for {Device:x16}: {Outcome} ({Reason}).")]
    private partial void NotAccepted(Provider provider, string host, ulong device, string outcome, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} at {Host} keeps failing ({Reason}) and is left alone, but for a probe now and then.")]
    private partial void Broken(Provider provider, string host, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Provider} at {Host} does not accept this service's credentials ({Reason}). Nothing is sent there until it does.")]
    private partial void Refused(Provider provider, string host, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Provider} at {Host} works again.")]
    private partial void Recovered(Provider provider, string host);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Provider} at {Host} reports so many registrations gone that none is believed for now. Look into it: the service may be failing, or our key be wrong.")]
    private partial void Doubted(Provider provider, string host);
}
