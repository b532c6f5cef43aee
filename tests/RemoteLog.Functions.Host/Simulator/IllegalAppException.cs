using System.Diagnostics.CodeAnalysis;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>The host would refuse this app root, or treat it otherwise than its author meant.</summary>
internal sealed class IllegalAppException(string message) : Exception(message)
{
    public static void ThrowUnless([DoesNotReturnIf(false)] bool legal, string message)
    {
        if (!legal) throw new IllegalAppException(message);
    }
}
