using System.Text;

namespace RemoteLog.Cli.Tests;

/// <summary>Somebody at a keyboard, with a home of their own: runs the command line as the program does.</summary>
internal sealed class Shell(string server) : IDisposable
{
    private readonly TemporaryFolder home = new();

    public string Home => home.Path;

    public string Server { get; set; } = server;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Task<Outcome> RunAsync(params string[] arguments) => RunAsync(arguments, input: null);

    /// <param name="error">Takes what is said, for whoever waits for it.</param>
    public async Task<Outcome> RunAsync(
        string[] arguments, byte[]? input, Stream? output = null, Stream? error = null, CancellationToken cancellationToken = default)
    {
        output ??= new MemoryStream();
        error ??= new MemoryStream();
        await using var said = new StreamWriter(error, leaveOpen: true) { AutoFlush = true };
        var terminal = new Terminal
        {
            Input = new MemoryStream(input ?? []),
            IsInputRedirected = input is not null,
            Output = output,
            IsOutputRedirected = true,
            Error = said,
            Time = Time,
        };
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, TestContext.Current.CancellationToken);
        var code = await CommandLine.RunAsync(["--server", Server, "--home", Home, .. arguments], terminal, either.Token);
        return new Outcome(code, output is MemoryStream memory ? memory.ToArray() : [], error is MemoryStream words ? Encoding.UTF8.GetString(words.ToArray()) : "");
    }

    /// <summary>Runs what must succeed, and gives what it printed, without the last line end.</summary>
    public async Task<string> SucceedAsync(params string[] arguments)
    {
        var outcome = await RunAsync(arguments);
        Assert.True(outcome.Code == ExitCode.Ok, $"{outcome.Code}: {outcome.Error}");
        return outcome.Text.TrimEnd('\n');
    }

    public void Dispose() => home.Dispose();
}

/// <summary>How a command ended, and what it printed.</summary>
internal sealed record Outcome(ExitCode Code, byte[] Data, string Error)
{
    public string Text => Encoding.UTF8.GetString(Data);

    public string[] Lines => Text.TrimEnd('\n').Split('\n');
}
