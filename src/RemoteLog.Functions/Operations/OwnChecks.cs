using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;

namespace RemoteLog.Functions.Operations;

/// <summary>What the service always checks of itself. Further checks are registered as further <see cref="ServiceCheck"/>s.</summary>
internal sealed class OwnChecks(LogStorage storage, OwnContent own, StorageOptions options, SigningKey receipts, IConfiguration configuration, TimeProvider time)
{
    /// <summary>Counting what is in quarantine stops here.</summary>
    public const int MostCounted = 1000;

    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<OwnChecks>();
        Add("names", checks => checks.FindHeadAsync);
        Add("content", checks => checks.StoreAndReadAsync);
        Add("queues", checks => checks.CountJobsAsync);
        Add("quarantine", checks => checks.CountQuarantineAsync);
        Add("receipts", checks => checks.ShowReceiptKey);
        Add("settings", checks => checks.ReadSettings);

        void Add(string name, Func<OwnChecks, Func<CancellationToken, ValueTask<CheckFinding>>> run) => services.AddSingleton(
            provider => new ServiceCheck(name, run(provider.GetRequiredService<OwnChecks>())));
    }

    private async ValueTask<CheckFinding> FindHeadAsync(CancellationToken cancellationToken)
    {
        await storage.Names.FindHeadAsync(new LogName(receipts.Owner, Topic.Parse("health")), cancellationToken);
        return CheckFinding.Ok("The registry of heads answers.");
    }

    /// <summary>In the service's own store: <see cref="SwarmChecks"/> looks at the other one, and what fails there must not be looked for here.</summary>
    private async ValueTask<CheckFinding> StoreAndReadAsync(CancellationToken cancellationToken)
    {
        if (own.Store is null) return CheckFinding.Skipped("Content is in Swarm alone; what the nodes do is told by the checks 'bee', 'postage' and 'swarm'.");
        try
        {
            return await StoreAndReadAsync(own.Store, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Its message may name more than an answer should.
            return CheckFinding.Failed(
                $"The data folder does not take content ({exception.GetType().Name}).", "Look whether the disk under Data:Folder is full or read-only, and whether the service may write there.");
        }
    }

    private async ValueTask<CheckFinding> StoreAndReadAsync(IContentStore content, CancellationToken cancellationToken)
    {
        // Bytes of nobody else's, since they are deleted again; as an upload, so that the sweep deletes what a crash leaves.
        var probe = Encoding.UTF8.GetBytes($"RemoteLog looks whether content can be stored: {receipts.Owner} {time.GetUtcNow().UtcTicks}\n");
        var address = content.AddressOf(probe);
        await storage.Uses.TryUseAsync(address, new ContentUse(ContentUse.Upload, time.GetUtcNow().AddHours(1)), cancellationToken);
        await content.PutAsync(address, probe, cancellationToken);
        try
        {
            await using var stored = await content.FindAsync(address, offset: 0, length: null, cancellationToken);
            if (stored is null) return CheckFinding.Failed("What was stored just now is not there.", "Look at the content store: it loses what it accepts.");
            using var bytes = new MemoryStream();
            await stored.CopyToAsync(bytes, cancellationToken);
            return bytes.ToArray().AsSpan().SequenceEqual(probe)
                ? CheckFinding.Ok("Content was stored, read back and deleted.")
                : CheckFinding.Failed("What was stored just now came back as something else.", "Look at the content store: it damages what it keeps.");
        }
        finally
        {
            await storage.Uses.EndAsync(address, ContentUse.Upload, cancellationToken);
            await content.DeleteAsync(address, cancellationToken);
            await storage.Uses.ForgetAsync(address, cancellationToken);
        }
    }

    private async ValueTask<CheckFinding> CountJobsAsync(CancellationToken cancellationToken)
    {
        var (waiting, poison) = (new List<string>(), new List<string>());
        foreach (var queue in JobQueues.All)
        {
            waiting.Add($"{queue} {await storage.Jobs.CountAsync(queue, cancellationToken)}");
            var aside = await storage.Jobs.CountAsync(JobQueues.PoisonOf(queue), cancellationToken);
            if (aside > 0) poison.Add($"{JobQueues.PoisonOf(queue)} {aside}");
        }
        var all = $"Jobs waiting: {string.Join(", ", waiting)}.";
        return poison.Count == 0
            ? CheckFinding.Ok($"{all} None was set aside.")
            : CheckFinding.Failed(
                $"{all} Set aside because they kept failing: {string.Join(", ", poison)}.",
                "Find out from the log why (\"Job … kept failing\"), mend it, and put the messages back on their queue. Until then their work is left to the sweep.");
    }

    private async ValueTask<CheckFinding> CountQuarantineAsync(CancellationToken cancellationToken)
    {
        var items = await storage.Quarantine.ListAsync(0, MostCounted, cancellationToken);
        return items.Count == 0
            ? CheckFinding.Ok("Nothing is in quarantine.")
            : CheckFinding.Warning(
                $"{items.Count}{(items.Count == MostCounted ? " or more" : "")} messages of the ingest queue are in quarantine, the oldest since {items[0].At:yyyy-MM-dd HH:mm}Z.",
                "See why with: remotelog quarantine list. Replay what can be appended by now, drop the rest.");
    }

    private ValueTask<CheckFinding> ShowReceiptKey(CancellationToken cancellationToken)
    {
        var text = Encoding.ASCII.GetBytes("remotelog/v1/check\n");
        return new(receipts.Owner.Verify(text, receipts.Sign(text))
            ? CheckFinding.Ok($"Receipts are signed by {receipts.Owner}.")
            : CheckFinding.Failed("What the receipt key signs does not verify.", "Restore the key that the service had before, setting Receipts:Key."));
    }

    private ValueTask<CheckFinding> ReadSettings(CancellationToken cancellationToken)
    {
        var isHosted = FunctionsHost.HasStartedUs(configuration);
        List<(string What, string Advice)> warnings = [];
        if (options.UsesEmulator) warnings.Add(("Everything is kept in the storage emulator.", "Name storage accounts in Storage:Accounts before anybody relies on this service."));
        if (isHosted && options.AccountNames.Count == 0)
        {
            warnings.Add(("A Functions app keeps its data in a folder, which goes with the instance.", "Name storage accounts in Storage:Accounts."));
        }
        return new(warnings.Count == 0
            ? CheckFinding.Ok($"Storage is {(options.AccountNames.Count == 0 ? "the data folder" : $"{options.AccountNames.Count} account(s)")}.")
            : CheckFinding.Warning(string.Join(' ', warnings.Select(each => each.What)), string.Join(' ', warnings.Select(each => each.Advice))));
    }
}
