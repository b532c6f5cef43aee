namespace RemoteLog.Protocol;

/// <summary>The curves that owners' keys are on.</summary>
public enum KeyCurve
{
    /// <summary>What phones keep in hardware and browsers can use. Owners' names start <c>zDn</c>.</summary>
    P256,

    /// <summary>Ethereum's and Swarm's: its owner can also sign Swarm feeds. Owners' names start <c>zQ3s</c>.</summary>
    Secp256k1,
}
