using System.Text.Json;
using Google.Protobuf;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;
using RemoteLog.Storage.Records;

namespace RemoteLog.Storage;

/// <summary>A device's record as both providers store it, in two parts: see Records/device.proto.</summary>
internal static class DeviceCodec
{
    /// <summary>All but the registration.</summary>
    public static byte[] WriteState(DeviceState state)
    {
        var record = new DeviceRecord
        {
            Number = state.Number,
            Statement = state.Statement,
            SeenAt = state.SeenAt.UtcTicks,
            LookAt = state.LookAt.UtcTicks,
            Known = Write(state.Known),
            Pace = new PaceRecord { Full = state.Pace.Full.UtcTicks, Day = state.Pace.Day.UtcTicks, Sent = state.Pace.Sent, Slowed = state.Pace.Slowed },
        };
        if (state.PullAt is { } pullAt) record.PullAt = pullAt.UtcTicks;
        if (state.Pending is { } pending) record.Pending = Write(pending);
        if (state.Strikes is { } strikes) record.Strikes = new StrikesRecord { Count = strikes.Count, Since = strikes.Since.UtcTicks };
        if (state.DeafSince is { } deafSince) record.DeafSince = deafSince.UtcTicks;
        return record.ToByteArray();
    }

    public static byte[] WriteRegistration(Registration registration) => new RegistrationRecord
    {
        Version = registration.Version,
        Channel = (int)registration.Channel,
        Sealed = UnsafeByteOperations.UnsafeWrap(registration.Sealed),
        Topic = registration.Topic,
        At = registration.At.UtcTicks,
        Confirmed = registration.Confirmed,
        PullMinutes = registration.PullMinutes,
    }.ToByteArray();

    /// <param name="registration">Empty: there is none.</param>
    /// <exception cref="InvalidDataException">A stored record is damaged.</exception>
    public static DeviceState Read(ReadOnlySpan<byte> state, ReadOnlySpan<byte> registration)
    {
        try
        {
            return ReadState(state, registration.IsEmpty ? null : ReadRegistration(registration));
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or JsonException or ArgumentException)
        {
            throw new InvalidDataException("The stored record of a device is damaged.", exception);
        }
    }

    private static DeviceState ReadState(ReadOnlySpan<byte> bytes, Registration? registration)
    {
        if (IsJson(bytes)) return JsonSerializer.Deserialize(bytes, DeviceJson.Default.DeviceState)! with { Registration = registration };
        var record = DeviceRecord.Parser.ParseFrom(bytes);
        return new DeviceState
        {
            Number = record.Number,
            Statement = record.Statement,
            Registration = registration,
            SeenAt = Time(record.SeenAt),
            LookAt = Time(record.LookAt),
            PullAt = record.HasPullAt ? Time(record.PullAt) : null,
            Pending = record.Pending is { } pending ? Read(pending) : null,
            Known = Read(record.Known),
            Pace = record.Pace is { } pace ? new PaceState(Time(pace.Full), Time(pace.Day), pace.Sent, pace.Slowed) : PaceState.Fresh,
            Strikes = record.Strikes is { } strikes ? new Strikes(strikes.Count, Time(strikes.Since)) : null,
            DeafSince = record.HasDeafSince ? Time(record.DeafSince) : null,
        };
    }

    private static Registration ReadRegistration(ReadOnlySpan<byte> bytes)
    {
        if (IsJson(bytes)) return JsonSerializer.Deserialize(bytes, DeviceJson.Default.Registration)!;
        var record = RegistrationRecord.Parser.ParseFrom(bytes);
        return new Registration(
            record.Version, (PushChannel)record.Channel, record.Sealed.Memory, record.Topic, Time(record.At), record.Confirmed, record.PullMinutes);
    }

    private static PendingRecord Write(Pending pending)
    {
        var record = new PendingRecord
        {
            Id = ByteString.CopyFrom(pending.Id.ToByteArray()),
            Moved = Write(pending.Moved),
            Since = pending.Since.UtcTicks,
            Attempts = pending.Attempts,
        };
        if (pending.DueAt is { } dueAt) record.DueAt = dueAt.UtcTicks;
        if (pending.TriedAt is { } triedAt) record.TriedAt = triedAt.UtcTicks;
        return record;
    }

    private static Pending Read(PendingRecord record) => new(
        new Guid(record.Id.Span), Read(record.Moved), record.HasDueAt ? Time(record.DueAt) : null, Time(record.Since), record.Attempts,
        record.HasTriedAt ? Time(record.TriedAt) : null);

    private static MovedRecord Write(IReadOnlyList<MovedTag> moved)
    {
        var (record, tags) = (new MovedRecord(), new byte[moved.Count * HintTag.Size]);
        for (var i = 0; i < moved.Count; i++)
        {
            moved[i].Tag.CopyTo(tags.AsSpan(i * HintTag.Size));
            record.Sequences.Add(moved[i].Sequence);
        }
        record.Tags = UnsafeByteOperations.UnsafeWrap(tags);
        return record;
    }

    private static MovedTag[] Read(MovedRecord? record)
    {
        if (record is null || record.Sequences.Count == 0) return [];
        var moved = new MovedTag[record.Sequences.Count];
        for (var i = 0; i < moved.Length; i++) moved[i] = new MovedTag(new HintTag(record.Tags.Span.Slice(i * HintTag.Size, HintTag.Size)), record.Sequences[i]);
        return moved;
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    /// <summary>No field of a record begins with this byte.</summary>
    private static bool IsJson(ReadOnlySpan<byte> bytes) => bytes is [(byte)'{', ..];
}
