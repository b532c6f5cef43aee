using System.Collections.Concurrent;

namespace RemoteLog.Storage.Embedded;

/// <summary>Connections for reading, kept with their prepared statements. In WAL mode readers and the writer never wait for each other.</summary>
internal sealed class Readers(string file) : IDisposable
{
    private const int Kept = 8;

    private readonly ConcurrentBag<Session> idle = [];
    private volatile bool closed;

    /// <summary>Reads what is committed now. One statement sees one moment.</summary>
    public T Read<T>(Func<Session, T> read)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        if (!idle.TryTake(out var session)) session = Session.OpenReader(file);
        var sound = false;
        try
        {
            var result = read(session);
            sound = true;
            return result;
        }
        finally
        {
            if (sound && !closed && idle.Count < Kept) idle.Add(session);
            else session.Dispose();
        }
    }

    public void Dispose()
    {
        closed = true;
        while (idle.TryTake(out var session)) session.Dispose();
    }
}
