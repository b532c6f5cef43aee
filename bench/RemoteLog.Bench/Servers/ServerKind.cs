namespace RemoteLog.Bench.Servers;

/// <summary>What can be measured under the same load.</summary>
internal enum ServerKind
{
    /// <summary>Kestrel: reads the body, answers with as many bytes as a head has.</summary>
    Bare,

    /// <summary>What an append cannot do without: one signature check, one append to a file, one flush for all that wait.</summary>
    Floor,

    /// <summary>The service with its default settings.</summary>
    RemoteLog,
}
