namespace RemoteLog.Bee.Emulator.Http;

/// <summary>A request ends in this error.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">Bee's own words; null: the standard text of the status.</param>
/// <param name="reasons">Only of errors in parameters: which, and what is wrong with each.</param>
internal sealed class BeeAnswerException(int status, string? message = null, IReadOnlyList<ParameterFault>? reasons = null) : Exception
{
    public int Status => status;

    /// <summary>Bee's own words, if it has any.</summary>
    public string? Said => message;

    public IReadOnlyList<ParameterFault>? Reasons => reasons;
}

internal sealed record ParameterFault(string Field, string Error);
