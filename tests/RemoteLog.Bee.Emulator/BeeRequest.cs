namespace RemoteLog.Bee.Emulator;

/// <summary>A request as the node saw it.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Path">Without <c>/v1</c> and without the query.</param>
/// <param name="Headers">By name, in whatever case.</param>
public sealed record BeeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The value of a header; null when it was not sent.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);
}
