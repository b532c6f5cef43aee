using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>What to do about a device now.</summary>
internal abstract record Errand
{
    private Errand()
    {
    }

    /// <summary>Nothing: the device pulled, another job did it, or it is put off and has a job for then.</summary>
    public sealed record None : Errand;

    /// <summary>The job came before its time.</summary>
    public sealed record TooEarly(DateTimeOffset DueAt) : Errand;

    /// <summary>Nothing is sent now.</summary>
    public sealed record Change(DeviceState Next) : Errand;

    /// <param name="Version">Of the registration it goes to.</param>
    /// <param name="Id">The hint's.</param>
    /// <param name="Moved">All that the device is to learn; more than a hint lists.</param>
    /// <param name="WithToken">Whether it is the one that confirms the registration.</param>
    public sealed record Send(long Version, Guid Id, IReadOnlyList<MovedTag> Moved, bool WithToken) : Errand
    {
        /// <summary>Tags in one hint; the device pulls all it follows anyway.</summary>
        private const int Listed = 8;

        /// <summary>What the device is told.</summary>
        public Hint ToHint(string token) => this switch
        {
            { WithToken: true } => new Hint([], More: false, token),

            // Nothing in particular: just pull.
            { Moved.Count: 0 } => new Hint([], More: true),
            _ => new Hint([.. Moved.Take(Listed)], Moved.Count > Listed),
        };
    }
}
