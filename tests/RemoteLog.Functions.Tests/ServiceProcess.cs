using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace RemoteLog.Functions.Tests;

/// <summary>The service as a process of its own, as a user starts it.</summary>
public sealed partial class ServiceProcess : IDisposable
{
    private const int Interrupt = 2;

    private readonly Process process;
    private readonly StringBuilder greeting = new();
    private Task<string> output = Task.FromResult(""), error = Task.FromResult("");

    private ServiceProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Where it says that it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Where it says that its data is.</summary>
    public string DataFolder { get; private set; } = null!;

    /// <summary>Starts it and waits until it has said where it listens.</summary>
    public static async Task<ServiceProcess> StartAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var service = Launch(arguments, environment);
        while (await service.process.StandardOutput.ReadLineAsync() is { } line)
        {
            service.greeting.AppendLine(line);
            if (Listening().Match(line) is { Success: true } listening) service.Address = new Uri(listening.Groups[1].Value);
            if (Data().Match(line) is not { Success: true } data) continue;

            service.DataFolder = data.Groups[1].Value;

            // Read on all the time, so that it never waits for a full pipe.
            service.output = service.process.StandardOutput.ReadToEndAsync();
            service.error = service.process.StandardError.ReadToEndAsync();
            return service;
        }
        throw new InvalidOperationException($"It did not start: {await service.process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>Starts it where it cannot start.</summary>
    public static Task<(int ExitCode, string Error)> FailAsync(params string[] arguments) => FailAsync(arguments, environment: null);

    /// <summary>Starts it where it cannot start.</summary>
    public static async Task<(int ExitCode, string Error)> FailAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        using var service = Launch(arguments, environment);
        var error = await service.process.StandardError.ReadToEndAsync();
        await service.process.WaitForExitAsync();
        return (service.process.ExitCode, error);
    }

    /// <summary>Ctrl+C, and then all that it ever wrote to the console.</summary>
    public async Task<string> FinishAsync()
    {
        await InterruptAsync();
        return greeting + await output + await error;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Ctrl+C.</summary>
    public async Task<int> InterruptAsync()
    {
        using var kill = Process.Start("kill", [$"-{Interrupt}", $"{process.Id}"]);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    private static ServiceProcess Launch(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "RemoteLog.Functions.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return new ServiceProcess(Process.Start(start)!);
    }

    [GeneratedRegex("RemoteLog listens on (\\S+)")]
    private static partial Regex Listening();

    [GeneratedRegex("Data is in (.+)")]
    private static partial Regex Data();
}
