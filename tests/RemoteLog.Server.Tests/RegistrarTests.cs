using System.Text;
using RemoteLog.Protocol;
using RemoteLog.Server.Storage;
using RemoteLog.Server.Wake;
using RemoteLog.Testing;

namespace RemoteLog.Server.Tests;

/// <summary>Registering, following, and being forgotten.</summary>
public sealed class RegistrarTests : IAsyncDisposable
{
    private readonly TestLog log = new(push: new HintOptions { Follows = 3, Followers = 2, RegistrationsPerHour = 4 });
    private readonly Device writer = new();
    private readonly Phone phone = new();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    [Fact]
    public async Task A_registration_sends_one_hint_with_a_token_and_is_confirmed_by_returning_it()
    {
        var status = await log.AcceptAsync(phone.Register());
        await log.WorkAsync();

        var sent = Assert.Single(log.Push.Sent);
        Assert.Equal((phone.Endpoint, PushChannel.WebPush), (sent.Target.Endpoint, sent.Target.Channel));
        Assert.NotNull(sent.Hint.Token);
        Assert.Empty(sent.Hint.Moved);
        Assert.Equal((22, TimeSpan.FromDays(7)), (sent.Message.Topic.Length, sent.Message.TimeToLive));
        Assert.Equal(("webpush", false, 1), (status.Channel, status.Confirmed, status.Number));

        await log.ConfirmAsync(phone);

        Assert.True((await log.AcceptAsync(phone.AskStatus())).Confirmed);
        await log.PassAsync(TimeSpan.FromMinutes(1));
        Assert.Single(log.Push.Sent);
    }

    [Fact]
    public async Task Tokens_and_topics_are_not_told_twice()
    {
        var other = new Phone();
        await log.AcceptAsync(phone.Register());
        await log.AcceptAsync(other.Register());
        await log.WorkAsync();

        var (one, two) = (log.Push.SentTo(phone.Endpoint)[0], log.Push.SentTo(other.Endpoint)[0]);

        Assert.NotEqual(one.Hint.Token, two.Hint.Token);
        Assert.NotEqual(one.Message.Topic, two.Message.Topic);
        Assert.NotEqual(one.Hint.Token, one.Message.Topic);
    }

    [Fact]
    public async Task Another_token_confirms_nothing()
    {
        await log.AcceptAsync(phone.Register());
        await log.WorkAsync();

        Assert.IsType<DeviceResult.WrongToken>(await log.Registrar.ConfirmAsync(phone.Owner, "another", CancellationToken.None));
        Assert.IsType<DeviceResult.WrongToken>(await log.Registrar.ConfirmAsync(phone.Owner, log.Push.Sent[0].Hint.Token![1..], CancellationToken.None));
        Assert.IsType<DeviceResult.Unknown>(await log.Registrar.ConfirmAsync(new Phone().Owner, log.Push.Sent[0].Hint.Token!, CancellationToken.None));

        Assert.False((await log.AcceptAsync(phone.AskStatus())).Confirmed);
    }

    [Fact]
    public async Task Nothing_is_told_to_a_device_that_has_not_confirmed()
    {
        await log.AcceptAsync(phone.Register());
        await log.AcceptAsync(phone.Follow(writer.Log));
        await log.WorkAsync();

        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromMinutes(5));

        Assert.NotNull(Assert.Single(log.Push.Sent).Hint.Token);
    }

    [Fact]
    public async Task The_same_statement_again_is_answered_like_the_first_time_and_sends_the_token_again()
    {
        var register = phone.Register();
        await log.AcceptAsync(register);
        await log.WorkAsync();

        Assert.Equal("webpush", (await log.AcceptAsync(register)).Channel);
        await log.WorkAsync();

        Assert.Equal(2, log.Push.Sent.Count);
        Assert.Equal(log.Push.Sent[0].Hint.Token, log.Push.Sent[1].Hint.Token);
        await log.ConfirmAsync(phone);
        Assert.True((await log.AcceptAsync(register)).Confirmed);
    }

    [Fact]
    public async Task No_statement_is_played_back_and_no_number_is_used_twice()
    {
        await log.JoinAsync(phone, writer.Log);
        var old = phone.Follow(new Device().Log);
        await log.AcceptAsync(phone.AskStatus());

        Assert.Equal(phone.Number, Assert.IsType<DeviceResult.Stale>(await log.StateAsync(old)).Number);
        phone.Number--;
        Assert.IsType<DeviceResult.Stale>(await log.StateAsync(phone.Unregister()));
        Assert.Single((await log.AcceptAsync(phone.AskStatus())).Follows);
    }

    [Fact]
    public async Task What_the_device_did_not_sign_is_refused_before_anything_is_looked_up()
    {
        var forged = phone.Register() with { Signature = default };
        log.Probe.Reset();

        Assert.IsType<DeviceResult.BadSignature>(await log.StateAsync(forged));
        Assert.IsType<DeviceResult.BadSignature>(await log.StateAsync(phone.Follow(writer.Log) with { Number = 99 }));

        Assert.Empty(log.Probe.Calls);
    }

    [Fact]
    public async Task Whoever_is_not_registered_can_only_register()
    {
        foreach (var statement in new[] { phone.Follow(writer.Log), phone.Unfollow(writer.Log), phone.Seen(), phone.AskStatus(), phone.Unregister() })
        {
            Assert.IsType<DeviceResult.Unknown>(await log.StateAsync(statement));
        }
        Assert.Null(await log.FindAsync(phone));
    }

    public static TheoryData<string, int, int, int> BadTargets => new()
    {
        { "webpush", 0, 16, 0 }, { "webpush", 65, 15, 0 }, { "webpush", 65, 0, 0 }, { "apns", 0, 16, 0 }, { "fcm", 65, 17, 0 },
        { "webhook", 65, 32, 0 }, { "webhook", 0, 23, 0 }, { "webpush", 65, 16, 19 }, { "webpush", 65, 16, 1441 },
    };

    [Theory]
    [MemberData(nameof(BadTargets))]
    public async Task A_target_that_cannot_be_is_refused(string channel, int key, int secret, int minutes)
    {
        var statement = phone.Sign(new DeviceStatement.Register(phone.Owner, 1, channel, "https://a.example", "", new byte[key], new byte[secret], minutes));

        Assert.NotEmpty(Assert.IsType<DeviceResult.BadTarget>(await log.StateAsync(statement)).Reason);
        Assert.Null(await log.FindAsync(phone));
    }

    [Fact]
    public async Task A_channel_that_the_service_does_not_have_is_refused()
    {
        await using var none = new TestLog();

        Assert.IsType<DeviceResult.NotOffered>(await none.StateAsync(phone.Register()));
        Assert.IsType<DeviceResult.NotOffered>(await log.StateAsync(new Phone("pigeon").Register()));
    }

    [Fact]
    public async Task A_device_follows_as_many_logs_as_it_may()
    {
        Device[] writers = [new(), new(), new(), new()];
        await log.JoinAsync(phone, [.. writers.Take(3).Select(each => each.Log)]);

        Assert.IsType<DeviceResult.TooManyFollows>(await log.StateAsync(phone.Follow(writers[3].Log)));
        Assert.Equal(3, (await log.AcceptAsync(phone.Follow(writers[0].Log))).Follows.Count);
        await log.AcceptAsync(phone.Unfollow(writers[0].Log));

        Assert.Equal(
            writers.Skip(1).Select(each => phone.TagOf(each.Log)).ToHashSet(), (await log.AcceptAsync(phone.Follow(writers[3].Log))).Follows.ToHashSet());
    }

    [Fact]
    public async Task A_log_is_followed_by_as_many_as_may()
    {
        await log.JoinAsync(new Phone(), writer.Log);
        await log.JoinAsync(new Phone(), writer.Log);
        await log.JoinAsync(phone);

        Assert.IsType<DeviceResult.TooManyFollowers>(await log.StateAsync(phone.Follow(writer.Log)));
        Assert.Empty((await log.AcceptAsync(phone.AskStatus())).Follows);
    }

    [Fact]
    public async Task A_device_registers_so_many_times_an_hour()
    {
        for (var i = 0; i < 4; i++) await log.AcceptAsync(phone.Register());

        var refused = Assert.IsType<DeviceResult.TooManyRegistrations>(await log.StateAsync(phone.Register()));
        Assert.Equal(TimeSpan.FromHours(1), refused.RetryAfter);
        log.Time.Advance(refused.RetryAfter);
        await log.AcceptAsync(phone.Register());
    }

    [Fact]
    public async Task Many_devices_cannot_aim_at_one_endpoint()
    {
        for (var i = 0; i < 4; i++) await log.AcceptAsync(new Phone { Endpoint = "https://victim.example/1" }.Register());

        Assert.IsType<DeviceResult.TooManyRegistrations>(await log.StateAsync(new Phone { Endpoint = "https://victim.example/1" }.Register()));
        await log.WorkAsync();
        Assert.Equal(4, log.Push.Sent.Count);
    }

    [Fact]
    public async Task The_same_place_again_stays_confirmed_and_another_must_be_confirmed()
    {
        var register = phone.Register();
        await log.AcceptAsync(register);
        await log.WorkAsync();
        await log.ConfirmAsync(phone);

        Assert.True((await log.AcceptAsync(phone.Refresh(register))).Confirmed);
        phone.Endpoint += "/moved";
        Assert.False((await log.AcceptAsync(phone.Register())).Confirmed);
        await log.WorkAsync();

        Assert.Equal([phone.Endpoint], log.Push.Sent.Skip(1).Select(sent => sent.Target.Endpoint));
        await log.ConfirmAsync(phone);
        Assert.True((await log.AcceptAsync(phone.AskStatus())).Confirmed);
    }

    [Fact]
    public async Task Whoever_unregisters_is_not_woken_any_more_and_nothing_of_it_can_be_played_back()
    {
        var register = phone.Register();
        await log.AcceptAsync(register);
        await log.WorkAsync();
        await log.ConfirmAsync(phone);
        await log.AcceptAsync(phone.Follow(writer.Log));
        log.Push.Clear();

        var status = await log.AcceptAsync(phone.Unregister());
        await log.WriteAsync(writer, "news");
        await log.PassAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(("", false), (status.Channel, status.Confirmed));
        Assert.Empty(status.Follows);
        Assert.Empty(log.Push.Sent);
        Assert.IsType<DeviceResult.Stale>(await log.StateAsync(register));
        log.Time.Advance(TimeSpan.FromDays(29));
        await log.DeviceSweeper.SweepAsync(CancellationToken.None);
        Assert.IsType<DeviceResult.Stale>(await log.StateAsync(register));
        Assert.Null((await log.FindAsync(phone))!.Registration);

        log.Time.Advance(TimeSpan.FromDays(2));
        await log.DeviceSweeper.SweepAsync(CancellationToken.None);
        Assert.Null(await log.FindAsync(phone));
    }

    [Fact]
    public async Task A_device_that_is_silent_is_forgotten_and_one_that_is_heard_is_not()
    {
        var heard = await log.JoinAsync(new Phone(), writer.Log);
        await log.JoinAsync(phone, writer.Log);
        log.Time.Advance(TimeSpan.FromDays(200));
        await log.AcceptAsync(heard.Seen());
        log.Time.Advance(TimeSpan.FromDays(71));

        await log.DeviceSweeper.SweepAsync(CancellationToken.None);
        await log.DeviceSweeper.SweepAsync(CancellationToken.None);

        Assert.Null((await log.FindAsync(phone))!.Registration);
        Assert.NotNull((await log.FindAsync(heard))!.Registration);
        Assert.Equal(DeviceState.IdOf(heard.Owner), Assert.Single(await log.Storage.Devices.ReadFollowersAsync(writer.Log.Id, null, 10, default)).Device);
        log.Time.Advance(TimeSpan.FromDays(200));
        await log.DeviceSweeper.SweepAsync(CancellationToken.None);
        Assert.Null((await log.FindAsync(heard))!.Registration);
    }

    [Fact]
    public async Task A_registration_that_nobody_confirms_is_forgotten_after_a_day()
    {
        await log.AcceptAsync(phone.Register());
        log.Time.Advance(TimeSpan.FromHours(23));
        await log.DeviceSweeper.SweepAsync(CancellationToken.None);
        Assert.NotNull((await log.FindAsync(phone))!.Registration);

        log.Time.Advance(TimeSpan.FromHours(1));
        await log.DeviceSweeper.SweepAsync(CancellationToken.None);

        Assert.Null((await log.FindAsync(phone))!.Registration);
    }

    [Fact]
    public async Task Where_hints_go_cannot_be_read_from_what_is_stored()
    {
        var register = (DeviceStatement.Register)phone.Register();
        await log.AcceptAsync(register);

        var stored = Encoding.Latin1.GetString((await log.FindAsync(phone))!.Registration!.Sealed.Span);

        foreach (var secret in new[] { register.Endpoint, Encoding.Latin1.GetString(register.Secret.Span), Convert.ToBase64String(register.Secret.Span) })
        {
            Assert.DoesNotContain(secret, stored, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_new_key_seals_and_the_old_one_still_opens_until_it_is_taken_away()
    {
        await log.JoinAsync(phone, writer.Log);
        log.SealKeys.Insert(0, A.Bytes(TargetSeal.KeySize, seed: 2));
        log.Restart();
        var newer = await log.JoinAsync(new Phone(), writer.Log);

        await log.WriteAsync(writer, "news");
        await log.PassDebounceAsync();
        Assert.Equal(2, log.Push.Sent.Count);

        log.SealKeys.RemoveAt(1);
        log.Restart();
        log.Push.Clear();
        log.Time.Advance(TimeSpan.FromHours(1));
        await log.WriteAsync(writer, "more");
        await log.PassDebounceAsync();
        Assert.Equal(newer.Endpoint, Assert.Single(log.Push.Sent).Target.Endpoint);
    }

    [Fact]
    public async Task A_target_opens_for_its_own_device_only()
    {
        var other = new Phone();
        await log.JoinAsync(phone, writer.Log);
        await log.JoinAsync(other, writer.Log);
        var (mine, theirs) = (await StoredAsync(phone), await StoredAsync(other));

        await log.Storage.Devices.TryReplaceAsync(
            [new DeviceChange(DeviceState.IdOf(phone.Owner), mine, mine.State with { Registration = mine.State.Registration! with { Sealed = theirs.State.Registration!.Sealed } })],
            default);
        await log.WriteAsync(writer, "news");
        await log.PassDebounceAsync();

        Assert.Equal(other.Endpoint, Assert.Single(log.Push.Sent).Target.Endpoint);
    }

    [Fact]
    public async Task A_confirmation_that_fails_is_tried_again_for_an_hour()
    {
        log.Push.Answer = _ => new PushOutcome.RetryAfter(null);
        await log.AcceptAsync(phone.Register());

        await log.PassAsync(TimeSpan.FromHours(3), TimeSpan.FromSeconds(10));

        Assert.InRange(log.Push.Sent.Count, 4, 60);
        Assert.True(log.Push.Sent[^1].At - log.Push.Sent[0].At < TimeSpan.FromHours(1.5));
        Assert.Single(log.Push.Sent.Select(sent => (sent.Message.Id, sent.Hint.Token)).Distinct());
    }

    private async Task<StoredDevice> StoredAsync(Phone of) => (await log.Storage.Devices.FindAsync([DeviceState.IdOf(of.Owner)], default))[0]!;
}
