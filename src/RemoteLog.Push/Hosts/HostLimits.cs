namespace RemoteLog.Push.Hosts;

/// <summary>How a kind of host is treated.</summary>
/// <param name="InFlight">Requests at once.</param>
/// <param name="PerSecond">Requests a second, and the largest burst; 0: as many as are asked for.</param>
/// <param name="Slowed">What of the rate is left when the host says that it was too much.</param>
/// <param name="Recovery">How long until the full rate is back.</param>
internal sealed record HostLimits(int InFlight, double PerSecond, double Slowed, TimeSpan Recovery);
