using Microsoft.Data.Sqlite;
using RemoteLog.Server.Storage;
using RemoteLog.Storage.Embedded;
using RemoteLog.Testing;

// Appends to eight logs of a data folder, sealing now and then, until it is killed. What it prints is acknowledged: "LOG SEQUENCE" for an append
// that is durable, "LOG failed" once a log could not be written. It ends by itself only when every log has failed.
await using var embedded = EmbeddedStorage.Open(args[0], TimeProvider.System);
var storage = embedded.Storage;
await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Task.Run(() => AppendAsync(new Device($"log-{i}")))));

async Task AppendAsync(Device device)
{
    try
    {
        for (StoredHead? head = null; ;)
        {
            var segment = device.Sign(A.Entry(length: 200));
            head = await storage.Names.TryAppendAsync(head, segment.After(head?.Head), segment.ToRecord(), CancellationToken.None);
            Console.WriteLine($"{device.Log} {head!.Head.Sequence}");
            if (device.Sequence % 10 != 0) continue;

            var page = SealedPage.Of(await storage.Names.ReadWholeTailAsync(device.Log, CancellationToken.None));
            await storage.Pages.PutAsync(page.Record.Address, page.Bytes, CancellationToken.None);
            head = await storage.Names.TrySealAsync(head, page.Next, page.Record, page.Replaced, CancellationToken.None);
        }
    }
    catch (Exception exception) when (exception is SqliteException or IOException)
    {
        Console.WriteLine($"{device.Log} failed");
    }
}
