using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using RemoteLog.Protocol.Wire;

namespace RemoteLog.Protocol;

/// <summary>
/// What a device says about how it is woken, signed by its own key. Numbers rise from one statement to the next, so that none can be played back;
/// the same statement again is the same request.
/// </summary>
/// <param name="Device">The device's key, named as owners are; it need not own a log.</param>
/// <param name="Number">Above 0, and above that of every statement this device made before.</param>
public abstract record DeviceStatement(Owner Device, long Number)
{
    /// <summary>The longest endpoint, in bytes: a browser's has some hundreds, and UnifiedPush allows 1000.</summary>
    public const int MaxEndpoint = 1000;

    /// <summary>The longest name of an app.</summary>
    public const int MaxApp = 256;

    /// <summary>The longest secret; a webhook's has up to 64 bytes.</summary>
    public const int MaxSecret = 64;

    /// <summary>An uncompressed P-256 point.</summary>
    public const int PublicKeySize = 65;

    /// <summary>Tags in one statement at the most.</summary>
    public const int MaxSeen = 1000;

    /// <summary>The longest form in bytes, of a statement that says all it can.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The device's, over <see cref="Text"/>.</summary>
    public Signature Signature { get; init; }

    /// <summary>Hints are to come this way, and no other any more.</summary>
    /// <param name="Channel">By its name, such as <c>webpush</c>.</param>
    /// <param name="Endpoint">A URL, or a service's token: printable ASCII. A secret.</param>
    /// <param name="App">As whom to send; empty: as the service is configured.</param>
    /// <param name="PublicKey">What hints are encrypted to: 65 bytes, or none for a webhook.</param>
    /// <param name="Secret">16 bytes; for a webhook 24 to 64.</param>
    /// <param name="PullMinutes">How often to be told to pull when nothing else did; 0: never.</param>
    public sealed record Register(
        Owner Device, long Number, string Channel, string Endpoint, string App, ReadOnlyMemory<byte> PublicKey, ReadOnlyMemory<byte> Secret,
        int PullMinutes) : DeviceStatement(Device, Number)
    {
        /// <summary>Without its secrets, so that it can be logged.</summary>
        public override string ToString() => $"{Device} registers for {Channel}";
    }

    /// <summary>No more hints at all.</summary>
    public sealed record Unregister(Owner Device, long Number) : DeviceStatement(Device, Number);

    /// <summary>Hints are to tell of this log, by this name.</summary>
    public sealed record Follow(Owner Device, long Number, LogName Log, HintTag Tag) : DeviceStatement(Device, Number);

    /// <summary>Hints are not to tell of this log any more.</summary>
    public sealed record Unfollow(Owner Device, long Number, LogName Log) : DeviceStatement(Device, Number);

    /// <summary>The device pulled, and has this much now: no hint need tell it.</summary>
    public sealed record Seen(Owner Device, long Number, IReadOnlyList<MovedTag> Has) : DeviceStatement(Device, Number);

    /// <summary>The device wants to know how it stands.</summary>
    public sealed record AskStatus(Owner Device, long Number) : DeviceStatement(Device, Number);

    /// <summary>The text that the device signs.</summary>
    public byte[] Text()
    {
        var (device, number) = (Device.Name, Number.ToString());
        return this switch
        {
            Register said => Statement.Of(
                "device", device, number, said.Channel, said.Endpoint, said.App, Convert.ToBase64String(said.PublicKey.Span),
                Convert.ToBase64String(said.Secret.Span), said.PullMinutes.ToString()),
            Unregister => Statement.Of("unregister", device, number),
            Follow said => Statement.Of("follow", device, number, said.Log.Owner.Name, said.Log.Topic.Value, said.Tag.ToString()),
            Unfollow said => Statement.Of("unfollow", device, number, said.Log.Owner.Name, said.Log.Topic.Value),
            Seen said => Statement.Of("seen", [device, number, .. said.Has.SelectMany(has => new[] { has.Tag.ToString(), has.Sequence.ToString() })]),
            _ => Statement.Of("status", device, number),
        };
    }

    /// <summary>Whether the device signed it.</summary>
    public bool Verify() => Device.Verify(Text(), Signature);

    /// <summary>The statement with the device's signature.</summary>
    /// <exception cref="ArgumentException">Another device's key.</exception>
    public DeviceStatement SignedBy(SigningKey key)
    {
        if (!key.Owner.Equals(Device)) throw new ArgumentException("A device signs for itself only.", nameof(key));
        return this with { Signature = key.Sign(Text()) };
    }

    /// <summary>Reads the protobuf form; whether it is signed is for <see cref="Verify"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out DeviceStatement? statement)
    {
        statement = null;
        if (!ProtobufMessage.TryParse<Messages.DeviceStatement>(Messages.DeviceStatement.Descriptor, bytes, out var message)
            || message.Number is 0 or > long.MaxValue || message.Signature.Length != Signature.Size || !Owner.TryParse(message.Device, out var device))
        {
            return false;
        }

        var number = (long)message.Number;
        DeviceStatement? said = message.SaysCase switch
        {
            Messages.DeviceStatement.SaysOneofCase.Register => Read(device, number, message.Register),
            Messages.DeviceStatement.SaysOneofCase.Unregister => new Unregister(device, number),
            Messages.DeviceStatement.SaysOneofCase.Follow => Read(device, number, message.Follow),
            Messages.DeviceStatement.SaysOneofCase.Unfollow =>
                LogName.TryParse(message.Unfollow.Owner, message.Unfollow.Topic, out var log) ? new Unfollow(device, number, log) : null,
            Messages.DeviceStatement.SaysOneofCase.Seen => Read(device, number, message.Seen),
            Messages.DeviceStatement.SaysOneofCase.AskStatus => new AskStatus(device, number),
            _ => null,
        };
        statement = said is null ? null : said with { Signature = new Signature(message.Signature.Span) };
        return statement is not null;
    }

    /// <summary>The protobuf form.</summary>
    public byte[] ToArray()
    {
        var message = new Messages.DeviceStatement
        {
            Device = Device.Name,
            Number = (ulong)Number,
            Signature = ByteString.CopyFrom(Signature.Span),
        };
        switch (this)
        {
            case Register said:
                message.Register = new Messages.Register
                {
                    Channel = said.Channel,
                    Endpoint = said.Endpoint,
                    App = said.App,
                    PublicKey = ByteString.CopyFrom(said.PublicKey.Span),
                    Secret = ByteString.CopyFrom(said.Secret.Span),
                    PullMinutes = (uint)said.PullMinutes,
                };
                break;
            case Unregister:
                message.Unregister = new Messages.Unregister();
                break;
            case Follow said:
                message.Follow = new Messages.Follow { Owner = said.Log.Owner.Name, Topic = said.Log.Topic.Value, Tag = ByteString.CopyFrom(said.Tag.ToArray()) };
                break;
            case Unfollow said:
                message.Unfollow = new Messages.Unfollow { Owner = said.Log.Owner.Name, Topic = said.Log.Topic.Value };
                break;
            case Seen said:
                message.Seen = new Messages.Seen();
                message.Seen.Has.Add(said.Has.Select(has => new Messages.MovedTag { Tag = ByteString.CopyFrom(has.Tag.ToArray()), Sequence = (ulong)has.Sequence }));
                break;
            default:
                message.AskStatus = new Messages.AskStatus();
                break;
        }
        return message.ToByteArray();
    }

    private static Register? Read(Owner device, long number, Messages.Register message)
    {
        if (message.Channel.Length is 0 or > 32 || !IsPrintable(message.Channel)
            || message.Endpoint.Length is 0 or > MaxEndpoint || !IsPrintable(message.Endpoint)
            || message.App.Length > MaxApp || !IsPrintable(message.App)
            || message.PublicKey.Length is not (0 or PublicKeySize) || message.Secret.Length > MaxSecret || message.PullMinutes > int.MaxValue)
        {
            return null;
        }
        return new Register(
            device, number, message.Channel, message.Endpoint, message.App, message.PublicKey.ToByteArray(), message.Secret.ToByteArray(), (int)message.PullMinutes);
    }

    private static Follow? Read(Owner device, long number, Messages.Follow message) =>
        message.Tag.Length == HintTag.Size && LogName.TryParse(message.Owner, message.Topic, out var log)
            ? new Follow(device, number, log, new HintTag(message.Tag.Span))
            : null;

    private static Seen? Read(Owner device, long number, Messages.Seen message)
    {
        if (message.Has.Count > MaxSeen) return null;
        var has = new MovedTag[message.Has.Count];
        for (var i = 0; i < has.Length; i++)
        {
            var each = message.Has[i];
            if (each.Tag.Length != HintTag.Size || each.Sequence > long.MaxValue) return null;
            has[i] = new MovedTag(new HintTag(each.Tag.Span), (long)each.Sequence);
        }
        return new Seen(device, number, has);
    }

    /// <summary>Neither spaces nor line ends, which would let one text say two things.</summary>
    private static bool IsPrintable(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~');
}
