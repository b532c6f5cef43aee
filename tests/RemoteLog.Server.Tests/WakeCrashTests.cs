using RemoteLog.Protocol;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>The process ends at every storage call that waking devices makes, before and after the call takes effect; nobody is forgotten over it.</summary>
public sealed class WakeCrashTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task No_append_is_unheard_of_wherever_it_crashes(bool after) => AtEveryCallAsync(
        after,
        prepare: async (log, writer, phone) => await log.JoinAsync(phone, writer.Log),
        act: async (log, writer, _) => await log.AppendAsync(writer.RestoreFromBackup().WriteSegment("news")),
        check: async (log, writer, phone) =>
        {
            // Whoever wrote it does not come back; either nothing was stored, or the follower hears of it.
            var isStored = await log.Storage.Names.FindHeadAsync(writer.Log, default) is not null;
            await log.PassAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(2));
            Assert.Equal(isStored ? 1 : 0, log.Push.SentTo(phone.Endpoint).Count);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task An_append_that_took_too_long_and_crashed_is_heard_of_when_it_is_sent_again(bool after) => AtEveryCallAsync(
        after,
        prepare: async (log, writer, phone) =>
        {
            await log.JoinAsync(phone, writer.Log);
            log.Probe.Before = call =>
            {
                // The job that was enqueued before the commit comes first, and finds nothing new.
                if (call == "TryAppendAsync") log.Time.Advance(TimeSpan.FromSeconds(5));
                return Task.CompletedTask;
            };
        },
        act: async (log, writer, _) => await log.AppendAsync(writer.RestoreFromBackup().WriteSegment("news")),
        check: async (log, writer, phone) =>
        {
            log.Probe.Before = null;
            while (await log.Storage.Jobs.ReceiveAsync(HintWorker.Queue, 1, TimeSpan.Zero, default) is [var early]) await log.Storage.Jobs.CompleteAsync(early, default);

            await log.WriteAsync(writer, "news");
            await log.PassAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(2));
            Assert.Single(log.Push.SentTo(phone.Endpoint));
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_between_append_and_hint_delays_it_and_no_more(bool after) => AtEveryCallAsync(
        after,
        prepare: async (log, writer, phone) =>
        {
            await log.JoinAsync(phone, writer.Log);
            await log.WriteAsync(writer, "news");
        },
        act: (log, _, _) => log.PassAsync(TimeSpan.FromSeconds(10)),
        check: async (log, _, phone) =>
        {
            await log.PassAsync(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(2));
            var sent = log.Push.SentTo(phone.Endpoint);
            Assert.InRange(sent.Count, 1, 2);
            Assert.Single(sent.Select(each => each.Message.Id).Distinct());
            Assert.Null((await log.FindAsync(phone))!.Pending);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_while_shards_are_made_leaves_nobody_out(bool after) => AtEveryCallAsync(
        after,
        options: new HintOptions { ShardSize = 2 },
        prepare: async (log, writer, phone) =>
        {
            await log.JoinAsync(phone, writer.Log);
            for (var i = 0; i < 4; i++) await log.JoinAsync(new Phone(), writer.Log);
            await log.WriteAsync(writer, "news");
        },
        act: (log, _, _) => log.PassAsync(TimeSpan.FromSeconds(3)),
        check: async (log, _, _) =>
        {
            await log.PassAsync(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(2));
            Assert.Equal(5, log.Push.Sent.Select(sent => sent.Target.Endpoint).Distinct().Count());
            Assert.Equal(5, log.Push.Sent.Count);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_after_a_failed_hint_does_not_end_the_tries(bool after) => AtEveryCallAsync(
        after,
        prepare: async (log, writer, phone) =>
        {
            await log.JoinAsync(phone, writer.Log);
            await log.WriteAsync(writer, "news");
            log.Push.Answer = _ => log.Push.Sent.Count <= 2 ? new PushOutcome.RetryAfter(TimeSpan.FromSeconds(20)) : new PushOutcome.Accepted();
        },
        act: (log, _, _) => log.PassAsync(TimeSpan.FromSeconds(40)),
        check: async (log, _, phone) =>
        {
            await log.PassAsync(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(2));
            Assert.InRange(log.Push.SentTo(phone.Endpoint).Count, 3, 4);
            Assert.Null((await log.FindAsync(phone))!.Pending);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_anywhere_in_a_registration_is_made_good_by_sending_it_again(bool after)
    {
        DeviceStatement? register = null;
        await AtEveryCallAsync(
            after,
            prepare: (_, _, phone) => Task.FromResult(register = phone.Register()),
            act: async (log, _, _) => await log.StateAsync(register!),
            check: async (log, writer, phone) =>
            {
                await log.AcceptAsync(register!);
                await log.WorkAsync();
                await log.ConfirmAsync(phone);
                await AssertIsWokenAsync(log, writer, phone);
            });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_in_a_confirmation_is_made_good_by_sending_it_again(bool after) => AtEveryCallAsync(
        after,
        prepare: async (log, _, phone) =>
        {
            await log.AcceptAsync(phone.Register());
            await log.WorkAsync();
        },
        act: (log, _, phone) => log.ConfirmAsync(phone),
        check: async (log, writer, phone) =>
        {
            await log.ConfirmAsync(phone);
            await AssertIsWokenAsync(log, writer, phone);
        });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_anywhere_in_a_follow_is_made_good_by_sending_it_again(bool after)
    {
        DeviceStatement? follow = null;
        await AtEveryCallAsync(
            after,
            prepare: async (log, writer, phone) =>
            {
                await log.JoinAsync(phone);
                follow = phone.Follow(writer.Log);
            },
            act: async (log, _, _) => await log.StateAsync(follow!),
            check: async (log, writer, phone) =>
            {
                Assert.Single((await log.AcceptAsync(follow!)).Follows);
                await AssertIsWokenAsync(log, writer, phone);
            });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_anywhere_in_a_report_is_made_good_by_sending_it_again(bool after)
    {
        DeviceStatement? seen = null;
        await AtEveryCallAsync(
            after,
            prepare: async (log, writer, phone) =>
            {
                await log.JoinAsync(phone, writer.Log);
                await log.WriteAsync(writer, "news");
                await log.PassAsync(TimeSpan.FromSeconds(4));
                seen = phone.Seen((writer.Log, 1));
            },
            act: async (log, _, _) => await log.StateAsync(seen!),
            check: async (log, _, _) =>
            {
                await log.AcceptAsync(seen!);
                await log.PassAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(2));
                Assert.Empty(log.Push.Sent);
            });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_anywhere_while_a_device_leaves_leaves_nothing_of_it(bool after)
    {
        DeviceStatement? unregister = null;
        await AtEveryCallAsync(
            after,
            prepare: async (log, writer, phone) =>
            {
                await log.JoinAsync(phone, writer.Log, new Device().Log);
                unregister = phone.Unregister();
            },
            act: async (log, _, _) => await log.StateAsync(unregister!),
            check: async (log, writer, phone) =>
            {
                await log.AcceptAsync(unregister!);
                await log.DeviceSweeper.SweepAsync(default);
                Assert.Empty(await log.Storage.Devices.ReadFollowsAsync(DeviceState.IdOf(phone.Owner), default));
                Assert.Empty(await log.Storage.Devices.ReadFollowersAsync(writer.Log.Id, null, 10, default));
            });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_crash_anywhere_in_a_sweep_of_devices_is_made_good_by_the_next(bool after) => AtEveryCallAsync(
        after,
        prepare: async (log, writer, phone) =>
        {
            await log.JoinAsync(phone, writer.Log);
            log.Time.Advance(TimeSpan.FromDays(271));
        },
        act: async (log, _, _) =>
        {
            await log.DeviceSweeper.SweepAsync(default);
            await log.DeviceSweeper.SweepAsync(default);
            log.Time.Advance(TimeSpan.FromDays(31));
            await log.DeviceSweeper.SweepAsync(default);
        },
        check: async (log, writer, phone) =>
        {
            for (var i = 0; i < 3; i++)
            {
                await log.DeviceSweeper.SweepAsync(default);
                log.Time.Advance(TimeSpan.FromDays(31));
            }
            Assert.Null(await log.FindAsync(phone));
            Assert.Empty(await log.Storage.Devices.ReadFollowersAsync(writer.Log.Id, null, 10, default));
        });

    private static async Task AssertIsWokenAsync(TestLog log, Device writer, Phone phone)
    {
        await log.AcceptAsync(phone.Follow(writer.Log));
        log.Time.Advance(TimeSpan.FromMinutes(2));
        log.Push.Clear();
        await log.WriteAsync(writer, "news");
        await log.PassDebounceAsync();
        Assert.Single(Assert.Single(log.Push.SentTo(phone.Endpoint)).Hint.Moved);
    }

    private static async Task AtEveryCallAsync(
        bool after, Func<TestLog, Device, Phone, Task> prepare, Func<TestLog, Device, Phone, Task> act, Func<TestLog, Device, Phone, Task> check,
        HintOptions? options = null)
    {
        var calls = 1;
        for (var at = 1; at <= calls; at++)
        {
            await using var log = new TestLog(push: options ?? new HintOptions());
            var (writer, phone) = (new Device(), new Phone());
            await prepare(log, writer, phone);
            log.Restart();
            log.Probe.CrashAt = at;
            log.Probe.CrashAfter = after;
            try
            {
                await act(log, writer, phone);

                // No crash: the action needs fewer calls than this.
                calls = at - 1;
                Assert.True(at > 1);
            }
            catch (CrashException)
            {
                calls = at + 1;
            }

            log.Restart();
            await check(log, writer, phone);
        }
    }
}
