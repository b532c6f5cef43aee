using System.Net;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>Whatever keeps this library from doing what it was asked. The subclasses say whose fault it is.</summary>
public class RemoteLogException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>No answer from the server, after all retries. Nothing is known about what it did with the last request; every call may be repeated.</summary>
public sealed class ServerUnreachableException(Uri server, Exception inner)
    : RemoteLogException($"No answer from {server}: {inner.GetBaseException().Message}", inner)
{
    public Uri Server { get; } = server;
}

/// <summary>The server answered, and said no.</summary>
public sealed class RefusedException : RemoteLogException
{
    internal RefusedException(Problem problem)
        : base(problem.Detail is null or "" ? problem.Title : $"{problem.Title.TrimEnd('.')}: {problem.Detail}")
    {
        Status = problem.Status;
        Problem = problem.Name;
        Title = problem.Title;
        Detail = problem.Detail;
        Head = problem.Head;
        AddressKind = problem.Kind;
        Number = problem.Number;
    }

    public HttpStatusCode Status { get; }

    /// <summary>Which problem, without <c>urn:remotelog:problem:</c>, such as <c>unknown-log</c>; null when the answer was none of RemoteLog's.</summary>
    public string? Problem { get; }

    /// <summary>What kind of problem that is, for people.</summary>
    public string Title { get; }

    /// <summary>What was wrong this time; null when the server did not say.</summary>
    public string? Detail { get; }

    /// <summary>With a gap: where the log stands, as the server tells it.</summary>
    internal long Head { get; }

    /// <summary>With a stale statement: the number of the newest, as the server tells it.</summary>
    internal long Number { get; }

    /// <summary>With an address of the wrong kind: the kind wanted.</summary>
    internal string? AddressKind { get; }
}

/// <summary>A node has no mirror of the log, as far as it can tell: nobody published one under this name, or the node does not find it yet.</summary>
public sealed class NotMirroredException(Uri node, LogName log) : RemoteLogException($"{node} finds no mirror of {log} by this publisher.");

/// <summary>A node does not find something that is known to be on Swarm. It may again later, and another node may now.</summary>
/// <param name="node">Which was asked.</param>
/// <param name="what">What it does not find, as the subject of a sentence.</param>
public sealed class UnavailableException(Uri node, string what) : RemoteLogException($"{what} is not to be had from {node} now. Try again later, or another node.")
{
    public Uri Node { get; } = node;
}

/// <summary>A key file is missing, in the way or not a key.</summary>
public sealed class KeyFileException(string message, Exception inner) : RemoteLogException(message, inner)
{
    /// <summary>Whether there is no such file.</summary>
    public bool IsMissing { get; init; }
}

/// <summary>Another writer of this device has the log open: two of them would sign two histories.</summary>
public sealed class LogInUseException(LogName log, Exception? inner = null)
    : RemoteLogException($"Another writer on this device has {log} open. A log has one writer at a time.", inner);
