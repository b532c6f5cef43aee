using System.Text.Json;
using System.Text.Json.Serialization;
using RemoteLog.Protocol;

namespace RemoteLog.Client;

/// <summary>What a device remembers of how it is woken.</summary>
internal sealed record DeviceNotes
{
    /// <summary>Of the newest statement that was signed, or that the server told of.</summary>
    public long Number { get; init; }

    /// <summary>What reads hints, as <see cref="HintKey.Export"/> gave it; null before the first registration.</summary>
    public byte[]? Key { get; init; }

    /// <summary>When the whole burst of hints is free again.</summary>
    public DateTimeOffset Full { get; init; }

    /// <summary>How often logs were noted to be behind.</summary>
    public long Notes { get; init; }

    public IReadOnlyList<FollowNote> Follows { get; init; } = [];

    /// <summary>Changes one of the follows, if it still is one.</summary>
    public DeviceNotes With(LogName log, Func<FollowNote, FollowNote> change) =>
        this with { Follows = [.. Follows.Select(follow => follow.Is(log) ? change(follow) : follow)] };

    /// <summary>Notes which logs are to be pulled, sooner or later.</summary>
    public DeviceNotes Behind(Func<FollowNote, bool> which) => !Follows.Any(which) ? this : this with
    {
        Notes = Notes + 1,
        Follows = [.. Follows.Select(follow => which(follow) ? follow with { Behind = Notes + 1, Since = follow.Behind == 0 ? Notes + 1 : follow.Since } : follow)],
    };
}

/// <summary>A followed log.</summary>
internal sealed record FollowNote(string Owner, string Topic, string Tag)
{
    /// <summary>The newest entry handed over.</summary>
    public long Has { get; init; }

    /// <summary>As much of that as the server knows.</summary>
    public long Reported { get; init; }

    /// <summary>Number of the newest note that it is behind; 0: it is not, for all we know.</summary>
    public long Behind { get; init; }

    /// <summary>Number of the oldest such note that was not worked off: whoever waits longest is pulled first.</summary>
    public long Since { get; init; }

    [JsonIgnore]
    public LogName Log => new(Protocol.Owner.Parse(Owner), Protocol.Topic.Parse(Topic));

    public static FollowNote Of(LogName log, HintTag tag, long has) => new(log.Owner.Name, log.Topic.Value, tag.ToString()) { Has = has };

    public bool Is(LogName log) => Owner == log.Owner.Name && Topic == log.Topic.Value;

    public HintTag GetTag() => HintTag.TryParse(Tag, out var tag) ? tag : throw new JsonException("Not a tag.");
}

/// <summary>Reads and writes the notes.</summary>
internal sealed class DeviceNotebook(IDeviceMemory memory)
{
    public async ValueTask<DeviceNotes> ReadAsync(CancellationToken cancellationToken) => await ChangeAsync(notes => notes, cancellationToken).ConfigureAwait(false);

    /// <returns>The notes as they are then.</returns>
    public async ValueTask<DeviceNotes> ChangeAsync(Func<DeviceNotes, DeviceNotes> change, CancellationToken cancellationToken)
    {
        var next = new DeviceNotes();
        await memory.ChangeAsync(
            bytes =>
            {
                var notes = Read(bytes);
                next = change(notes);
                return ReferenceEquals(next, notes) ? (ReadOnlyMemory<byte>?)null : JsonSerializer.SerializeToUtf8Bytes(next, DeviceNotesJson.Default.DeviceNotes);
            },
            cancellationToken).ConfigureAwait(false);
        return next;
    }

    private DeviceNotes Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty) return new DeviceNotes();
        try
        {
            return JsonSerializer.Deserialize(bytes.Span, DeviceNotesJson.Default.DeviceNotes) ?? new DeviceNotes();
        }
        catch (JsonException exception)
        {
            throw new RemoteLogException($"What the device remembers of how it is woken ({memory}) is damaged; remove it and register anew.", exception);
        }
    }
}

[JsonSerializable(typeof(DeviceNotes))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
internal sealed partial class DeviceNotesJson : JsonSerializerContext;
