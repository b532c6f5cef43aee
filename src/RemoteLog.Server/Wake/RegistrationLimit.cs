using Microsoft.Extensions.Caching.Memory;
using RemoteLog.Protocol;

namespace RemoteLog.Server.Wake;

/// <summary>
/// How many registrations of one device, to one endpoint and of all together this process takes in an hour. Each sends a hint to wherever its sender
/// says, so the limit on endpoints is what keeps it from becoming a stranger's burden. It is counted in memory: each process has limits of its own.
/// </summary>
public sealed class RegistrationLimit(HintOptions options, TimeProvider time) : IDisposable
{
    private const int Remembered = 200_000;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly MemoryCache windows = new(new MemoryCacheOptions { SizeLimit = Remembered });
    private readonly Lock gate = new();
    private readonly Window all = new();

    /// <summary>Null when it may go on; else when to come again.</summary>
    public TimeSpan? Take(Digest device, string endpoint)
    {
        var now = time.GetUtcNow();
        lock (gate)
        {
            (Window Window, int Most)[] taken =
            [
                (Find(device), options.RegistrationsPerHour),
                (Find(Digest.Of(System.Text.Encoding.UTF8.GetBytes(endpoint))), options.RegistrationsPerHour),
                (all, options.AllRegistrationsPerHour),
            ];
            foreach (var (window, most) in taken)
            {
                if (window.Since + Hour <= now) (window.Since, window.Count) = (now, 0);
                if (window.Count >= most) return window.Since + Hour - now;
            }
            foreach (var (window, _) in taken) window.Count++;
            return null;
        }
    }

    public void Dispose() => windows.Dispose();

    private Window Find(Digest key) =>
        windows.TryGetValue(key, out Window? known) ? known! : windows.Set(key, new Window(), new MemoryCacheEntryOptions { Size = 1 });

    private sealed class Window
    {
        public DateTimeOffset Since { get; set; }

        public int Count { get; set; }
    }
}
