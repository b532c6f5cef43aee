using RemoteLog.Protocol;
using RemoteLog.Server.Append;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>The process ends at every storage call there is, before and after the call takes effect; what comes next makes everything good.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_in_an_append_is_made_good_by_sending_it_again(bool after) => AtEveryCallAsync(
        after,
        prepare: (log, device) => log.WriteManyAsync(device, 7),
        act: async (log, device) => await log.AppendAsync(NextSegment(device)),
        resume: async (log, device) => Assert.IsType<AppendResult.Appended>(await log.AppendAsync(NextSegment(device))));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_in_sealing_is_made_good_by_sealing_again(bool after) => AtEveryCallAsync(
        after,
        prepare: (log, device) => log.WriteManyAsync(device, 20),
        act: (log, device) => log.Sealer.SealAsync(device.Log, CancellationToken.None).AsTask(),
        resume: async (log, device) =>
        {
            await log.CheckAsync(device);
            await log.WriteAsync(device, "meanwhile");
            await log.Sealer.SealAsync(device.Log, CancellationToken.None);
            Assert.Equal(16, (await log.Storage.Names.FindHeadAsync(device.Log, CancellationToken.None))!.Head.Sealed);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_in_a_sweep_is_made_good_by_the_next_sweep(bool after) => AtEveryCallAsync(
        after,
        prepare: async (log, device) =>
        {
            await log.WriteManyAsync(device, 9);
            await log.WriteAsync(device, Large("stays"), Expiring("goes"));
            log.Time.Advance(TimeSpan.FromDays(2));
        },
        act: (log, _) => log.Sweeper.SweepAsync(CancellationToken.None).AsTask(),
        resume: async (log, device) =>
        {
            await log.Sweeper.SweepAsync(CancellationToken.None);
            Assert.Null(await log.Storage.Content.FindLengthAsync(Cid.Of("goes"u8), CancellationToken.None));
            Assert.NotNull(await log.Storage.Content.FindLengthAsync(Cid.Of(Large("stays").Data!.Value.Span), CancellationToken.None));
            Assert.Empty(await log.Storage.Uses.FindDueAsync(log.Time.GetUtcNow(), 10, CancellationToken.None));
            Assert.Equal(device.Sequence, (await log.ReadAsync(device))[^1].Last);
        },
        check: (_, _) => Task.CompletedTask);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_in_an_ingest_is_made_good_by_the_next_delivery(bool after) => AtEveryCallAsync(
        after,
        prepare: (log, device) => log.WriteManyAsync(device, 7),
        act: async (log, device) => await log.Ingester.IngestAsync(await ReferToNextAsync(log, device), 1, CancellationToken.None),
        resume: async (log, device) =>
        {
            await log.Ingester.IngestAsync(await ReferToNextAsync(log, device), 2, CancellationToken.None);
            Assert.Empty(await log.Storage.Quarantine.ListAsync(0, 10, CancellationToken.None));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_in_a_refusal_leaves_one_item_after_the_next_delivery(bool after) => AtEveryCallAsync(
        after,
        prepare: (log, device) => log.WriteManyAsync(device, 1),
        act: async (log, _) => await log.Ingester.IngestAsync("rubbish"u8.ToArray(), 1, CancellationToken.None),
        resume: async (log, _) =>
        {
            await log.Ingester.IngestAsync("rubbish"u8.ToArray(), 2, CancellationToken.None);
            Assert.Single(await log.Storage.Quarantine.ListAsync(0, 10, CancellationToken.None));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_in_a_replay_is_made_good_by_replaying_again(bool after) => AtEveryCallAsync(
        after,
        prepare: async (log, device) =>
        {
            await log.WriteManyAsync(device, 1);
            await log.Storage.Quarantine.AddAsync(device.RestoreFromBackup().Write("late"), null, "gap", log.Time.GetUtcNow(), CancellationToken.None);
        },
        act: async (log, _) => await log.Ingester.ReplayAsync(1, CancellationToken.None),
        resume: async (log, device) =>
        {
            Assert.True(await log.Ingester.ReplayAsync(1, CancellationToken.None) is null or AppendResult.Appended);
            Assert.Empty(await log.Storage.Quarantine.ListAsync(0, 10, CancellationToken.None));
            device.Write("late");
        });

    private static async Task<byte[]> ReferToNextAsync(TestLog log, Device device)
    {
        var segment = device.Write(Entry.Embedded("small"u8.ToArray()), Large("one"), Expiring("for a day"));
        var address = Cid.Of(segment);
        await log.Storage.Content.PutAsync(address, segment, CancellationToken.None);
        return System.Text.Encoding.ASCII.GetBytes($"content:{address}");
    }

    private static async Task AtEveryCallAsync(
        bool after, Func<TestLog, Device, Task> prepare, Func<TestLog, Device, Task> act, Func<TestLog, Device, Task> resume,
        Func<TestLog, Device, Task>? check = null)
    {
        var calls = 1;
        for (var at = 1; at <= calls; at++)
        {
            await using var log = new TestLog();
            var device = new Device();
            await prepare(log, device);
            log.Restart();
            log.Probe.CrashAt = at;
            log.Probe.CrashAfter = after;
            var before = device.RestoreFromBackup();
            try
            {
                await act(log, before);

                // No crash: the action needs fewer calls than this.
                calls = at - 1;
                Assert.True(at > 1);
            }
            catch (CrashException)
            {
                calls = at + 1;
            }

            log.Restart();
            await resume(log, device);
            await (check?.Invoke(log, device) ?? log.CheckAsync(device));
        }
    }

    /// <summary>Small and large entries, in a segment that fills the page: every kind of call that an append can make.</summary>
    private static Segment NextSegment(Device device) =>
        device.WriteSegment(Entry.Embedded("small"u8.ToArray()), Large("one"), Large("two"), Expiring("for a day"));

    private static Entry Large(string text) => Entry.Embedded(System.Text.Encoding.UTF8.GetBytes(text.PadRight(5000)));

    private static Entry Expiring(string text) => Entry.Embedded(
        System.Text.Encoding.UTF8.GetBytes(text), new EntryHeader { ExpiresAt = new DateTimeOffset(2026, 3, 2, 12, 0, 0, TimeSpan.Zero) }.ToArray());
}
