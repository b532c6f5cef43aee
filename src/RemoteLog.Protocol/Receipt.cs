namespace RemoteLog.Protocol;

/// <summary>The service's signature under "this log had this sequence and link at this time": proof against a service that later shows less.</summary>
/// <param name="Signer">The service's key.</param>
/// <param name="Time">When, to the millisecond.</param>
public sealed record Receipt(Owner Signer, DateTimeOffset Time, Signature Signature)
{
    /// <summary>The text that the service signs; the time is in unix milliseconds.</summary>
    public static byte[] Text(LogName log, long sequence, in Digest link, DateTimeOffset time) => Statement.Of(
        "receipt", log.Owner.Name, log.Topic.Value, sequence.ToString(), Statement.Field(link), time.ToUnixTimeMilliseconds().ToString());

    /// <summary>Whether <see cref="Signer"/> signed it for this state of this log.</summary>
    public bool Verify(LogName log, long sequence, in Digest link) => Signer.Verify(Text(log, sequence, link, Time), Signature);
}
