using Spectre.Console;

namespace RemoteLog.Cli;

/// <summary>How far long work has come, drawn only where somebody watches.</summary>
internal static class ProgressBar
{
    /// <param name="work">Reports how much is done, of how much.</param>
    public static async Task<T> RunAsync<T>(Terminal terminal, string title, Func<Action<double, double>, Task<T>> work)
    {
        if (!terminal.IsWatched) return await work((_, _) => { });
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return await console.Progress().AutoClear(true).StartAsync(context =>
        {
            var task = context.AddTask(title);
            return work((done, total) =>
            {
                task.MaxValue = Math.Max(total, 1);
                task.Value = done;
            });
        });
    }
}
