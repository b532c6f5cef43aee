using Microsoft.Data.Sqlite;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Embedded;
using RemoteLog.Testing;

// Appends to eight logs of a data folder, sealing now and then, until it is killed. What it prints is acknowledged: "LOG SEQUENCE" for an append
// that is durable, "LOG failed" once a log could not be written. It ends by itself only when every log has failed.
await using var storage = EmbeddedStorage.Open(args[0], TimeProvider.System);
await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Task.Run(() => AppendAsync(A.Log($"log-{i}")))));

async Task AppendAsync(OwnedLog log)
{
    try
    {
        for (StoredHead? head = null; ;)
        {
            var segment = log.Write(A.Entry(length: 200));
            head = await storage.Names.TryAppendAsync(head, segment.After(head?.Head), segment.ToRecord(), CancellationToken.None);
            Console.WriteLine($"{log.Name} {head!.Head.Sequence}");
            if (log.Sequence % 10 != 0) continue;

            var page = SealedPage.Of(await storage.Names.ReadWholeTailAsync(log.Name, CancellationToken.None));
            await storage.Content.PutAsync(page.Record.Address, page.Bytes, CancellationToken.None);
            head = await storage.Names.TrySealAsync(head, page.Next, page.Record, page.Replaced, CancellationToken.None);
        }
    }
    catch (Exception exception) when (exception is SqliteException or IOException)
    {
        Console.WriteLine($"{log.Name} failed");
    }
}
