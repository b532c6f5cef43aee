using System.Text;

namespace RemoteLog.Cli;

/// <summary>
/// Where a command reads and writes, and by which clock it waits: data goes to <see cref="Output"/>, everything said about it to <see cref="Error"/>.
/// </summary>
public sealed class Terminal : IDisposable
{
    public required Stream Input { get; init; }

    /// <summary>Whether the input comes from a file or another program.</summary>
    public bool IsInputRedirected { get; init; }

    public required Stream Output { get; init; }

    public bool IsOutputRedirected { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Whether somebody watches <see cref="Error"/>, so that progress is worth drawing.</summary>
    public bool IsWatched { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static Terminal OfProcess() => new()
    {
        Input = Console.OpenStandardInput(),
        IsInputRedirected = Console.IsInputRedirected,
        Output = new BufferedStream(Console.OpenStandardOutput(), 64 * 1024),
        IsOutputRedirected = Console.IsOutputRedirected,
        Error = Console.Error,
        IsWatched = !Console.IsErrorRedirected && !Console.IsOutputRedirected,
    };

    /// <summary>Text as data: for answers that are words, and shown at once where somebody waits for them.</summary>
    public void WriteLine(string text)
    {
        Output.Write(Encoding.UTF8.GetBytes(text));
        Output.WriteByte((byte)'\n');
        if (!IsOutputRedirected) Output.Flush();
    }

    public void Dispose()
    {
        try
        {
            Output.Flush();
        }
        catch (IOException closed) when (IsClosed(closed))
        {
            // Whoever read the output (head, less) has had enough.
        }
    }

    /// <summary>Whether the other end of a pipe went away: EPIPE, or what Windows calls it.</summary>
    public static bool IsClosed(IOException exception) => exception.HResult is 32 or unchecked((int)0x8007006D) or unchecked((int)0x800700E8);
}
