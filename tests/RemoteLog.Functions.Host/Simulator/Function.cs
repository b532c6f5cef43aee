namespace RemoteLog.Functions.Host.Simulator;

/// <summary>One folder of the app root that has a function.json (contract 4). Its name is the folder's.</summary>
internal abstract record Function(string Name);

/// <param name="Route">Below the route prefix.</param>
/// <param name="Methods">In capitals.</param>
/// <param name="IsAnonymous">Otherwise a key is asked for.</param>
internal sealed record HttpFunction(string Name, string Route, IReadOnlyList<string> Methods, bool IsAnonymous) : Function(Name);

/// <param name="Binding">What the message is called in the envelope.</param>
/// <param name="Queue">Where messages come from.</param>
/// <param name="IsBinary">Whether the envelope carries base64 rather than JSON in a JSON string.</param>
internal sealed record QueueFunction(string Name, string Binding, string Queue, bool IsBinary) : Function(Name);

/// <param name="Binding">What the timer is called in the envelope.</param>
/// <param name="Minutes">Between occurrences.</param>
internal sealed record TimerFunction(string Name, string Binding, int Minutes) : Function(Name);
