using FsCheck;
using FsCheck.Fluent;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>What holds however appends, jobs, failures and pulls fall.</summary>
public sealed class WakeProperties
{
    private const int Writers = 2, Phones = 2;

    private static readonly ChannelPace Pace = new() { DebounceSeconds = 5, GapSeconds = 60, Burst = 2, PerDay = 0 };

    private static readonly Config Quiet = Config.QuickThrowOnFailure.WithQuietOnSuccess(true).WithMaxTest(25);

    private static Gen<Act[]> Acts => Gen.Frequency(
            (4, Gen.Choose(0, Writers - 1).Select(writer => (Act)new Append(writer))),
            (4, Gen.Elements(1, 2, 5, 10, 40, 90).Select(seconds => (Act)new Pass(seconds))),
            (4, from part in Gen.Choose(1, 3) from isLost in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true))) select (Act)new Work(part, isLost)),
            (1, from phone in Gen.Choose(0, Phones - 1) from behind in Gen.Choose(0, 1) select (Act)new Pull(phone, behind)),
            (1, Gen.Choose(0, 5).Select(outcome => (Act)new Answer(outcome))),
            (1, Gen.Constant((Act)new Restart())))
        .ArrayOf(60);

    /// <summary>Every follower ends up knowing of the newest entry, by a hint or because it pulled; and no device ever gets more hints than its pace allows.</summary>
    [Fact]
    public void Everybody_is_told_or_knows_and_nobody_too_often() =>
        Prop.ForAll(Acts.ToArbitrary(), acts => RunAsync(acts).GetAwaiter().GetResult()).Check(Quiet);

    private static async Task<bool> RunAsync(Act[] acts)
    {
        await using var log = new TestLog(push: new HintOptions { Pace = new PaceOptions { WebPush = Pace } });
        Device[] writers = [.. Enumerable.Range(0, Writers).Select(_ => new Device())];
        Phone[] phones = [.. Enumerable.Range(0, Phones).Select(_ => new Phone())];
        foreach (var phone in phones) await log.JoinAsync(phone, [.. writers.Select(each => each.Log)]);
        var known = phones.ToDictionary(phone => phone.Endpoint, _ => new Dictionary<HintTag, long>());
        List<SentHint> accepted = [];
        PushOutcome outcome = new PushOutcome.Accepted();
        log.Push.Answer = sent =>
        {
            if (outcome is not PushOutcome.Accepted) return outcome;
            accepted.Add(sent);
            foreach (var moved in sent.Hint.Moved) Learn(known[sent.Target.Endpoint], moved);
            return outcome;
        };

        foreach (var act in acts)
        {
            switch (act)
            {
                case Append(var writer):
                    await log.WriteAsync(writers[writer], "news");
                    break;
                case Pass(var seconds):
                    log.Time.Advance(TimeSpan.FromSeconds(seconds));
                    break;
                case Work(var part, var isLost):
                    await WorkSomeAsync(log, part, isLost);
                    break;
                case Pull(var phone, var behind):
                    var has = writers.Select(writer => (writer.Log, Math.Max(0, writer.Sequence - behind))).ToArray();
                    await log.AcceptAsync(phones[phone].Seen(has));
                    foreach (var (of, sequence) in has) Learn(known[phones[phone].Endpoint], new MovedTag(phones[phone].TagOf(of), sequence));
                    break;
                case Answer(var number):
                    outcome = number switch
                    {
                        0 => new PushOutcome.RetryAfter(null),
                        1 => new PushOutcome.RetryAfter(TimeSpan.FromSeconds(30)),
                        2 => new PushOutcome.HostPause(TimeSpan.FromMinutes(1)),
                        3 => new PushOutcome.TooMany(),
                        _ => new PushOutcome.Accepted(),
                    };
                    break;
                case Restart:
                    log.Restart();
                    break;
            }
        }
        outcome = new PushOutcome.Accepted();
        await log.PassAsync(TimeSpan.FromHours(7), TimeSpan.FromSeconds(30));

        foreach (var phone in phones)
        {
            foreach (var writer in writers.Where(writer => writer.Sequence > 0))
            {
                var told = known[phone.Endpoint].GetValueOrDefault(phone.TagOf(writer.Log));
                Assert.True(told >= writer.Sequence, $"told {told} of {writer.Sequence}");
            }
            PacingTests.AssertPace([.. accepted.Where(sent => sent.Target.Endpoint == phone.Endpoint)], TimeSpan.FromSeconds(Pace.GapSeconds), Pace.Burst);
        }
        return true;
    }

    private static void Learn(Dictionary<HintTag, long> known, MovedTag moved) =>
        known[moved.Tag] = Math.Max(known.GetValueOrDefault(moved.Tag), moved.Sequence);

    /// <summary>Works off some of the jobs that are due, and, where a process ended, without anybody knowing that they were.</summary>
    private static async Task WorkSomeAsync(TestLog log, int part, bool isLost)
    {
        foreach (var queue in new[] { "wake-webpush", HintWorker.Queue })
        {
            foreach (var job in await log.Storage.Jobs.ReceiveAsync(queue, part, WakeSteps.Lease, default))
            {
                if (queue == HintWorker.Queue) await log.HintWorker.WorkAsync(job.Body, job.Deliveries, default);
                else await log.Deliverer.DeliverAsync(job.Body, default);
                if (!isLost) await log.Storage.Jobs.CompleteAsync(job, default);
            }
        }
    }

    public abstract record Act;

    public sealed record Append(int Writer) : Act;

    public sealed record Pass(int Seconds) : Act;

    public sealed record Work(int Part, bool IsLost) : Act;

    public sealed record Pull(int Phone, int Behind) : Act;

    public sealed record Answer(int Outcome) : Act;

    public sealed record Restart : Act;
}
