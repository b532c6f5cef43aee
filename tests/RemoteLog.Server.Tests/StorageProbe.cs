using System.Reflection;
using RemoteLog.Server.Storage;

namespace RemoteLog.Server.Tests;

/// <summary>Stands before real storage, counts the calls and can end the process, so to speak, at any of them.</summary>
public sealed class StorageProbe
{
    private readonly List<string> calls = [];

    public StorageProbe(LogStorage storage) => Storage = new LogStorage(
        Wrap(storage.Names), Wrap(storage.Pages), Wrap(storage.Content), Wrap(storage.Uses), Wrap(storage.Jobs),
        Wrap(storage.Quarantine), Wrap(storage.Devices));

    public LogStorage Storage { get; }

    /// <summary>Calls since the last <see cref="Reset"/> that reach storage.</summary>
    public IReadOnlyList<string> Calls => calls;

    /// <summary>The call, from 1, at which to crash; 0: never.</summary>
    public int CrashAt { get; set; }

    /// <summary>Whether the call has done its work by then, and only its answer is lost.</summary>
    public bool CrashAfter { get; set; }

    /// <summary>The method that storage does not answer; null: it answers all.</summary>
    public string? Unavailable { get; set; }

    /// <summary>What happens before a call, by its name, reaches storage; null: nothing.</summary>
    public Func<string, Task>? Before { get; set; }

    public void Reset()
    {
        lock (calls) calls.Clear();
        CrashAt = 0;
    }

    private T Wrap<T>(T inner)
        where T : class
    {
        var proxy = DispatchProxy.Create<T, Interceptor>();
        ((Interceptor)(object)proxy).Bind(this, inner);
        return proxy;
    }

    private async ValueTask<T> CallAsync<T>(string name, Func<ValueTask<T>> call)
    {
        if (Before is { } before) await before(name);
        bool crash;
        lock (calls)
        {
            calls.Add(name);
            crash = calls.Count >= CrashAt && CrashAt > 0;
        }

        if (name == Unavailable) throw new StorageUnavailableException("Away.", TimeSpan.FromSeconds(1));

        // Once crashed, nothing gets through any more.
        if (crash && (!CrashAfter || calls.Count > CrashAt)) throw new CrashException();
        var result = await call();
        return crash ? throw new CrashException() : result;
    }

    public class Interceptor : DispatchProxy
    {
        private static readonly MethodInfo Generic = typeof(Interceptor).GetMethod(nameof(CallAsync), BindingFlags.Instance | BindingFlags.NonPublic)!;

        private StorageProbe probe = null!;
        private object inner = null!;

        public void Bind(StorageProbe probe, object inner) => (this.probe, this.inner) = (probe, inner);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var type = targetMethod!.ReturnType;
            if (type == typeof(ValueTask))
            {
                return new ValueTask(probe.CallAsync(targetMethod.Name, async () =>
                {
                    await (ValueTask)targetMethod.Invoke(inner, args)!;
                    return true;
                }).AsTask());
            }
            return type.IsGenericType
                ? Generic.MakeGenericMethod(type.GenericTypeArguments).Invoke(this, [targetMethod, args])
                : targetMethod.Invoke(inner, args);
        }

        private ValueTask<T> CallAsync<T>(MethodInfo method, object?[] arguments) =>
            probe.CallAsync(method.Name, () => (ValueTask<T>)method.Invoke(inner, arguments)!);
    }
}

/// <summary>The process ended here.</summary>
public sealed class CrashException : Exception;
