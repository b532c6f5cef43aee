using System.Security.Cryptography;
using RemoteLog.Protocol;

namespace RemoteLog.Testing;

/// <summary>A device that wants to be woken: what it states, with numbers that rise.</summary>
public sealed class Phone(SigningKey key, string channel = "webpush", int pullMinutes = 0)
{
    public Phone(string channel = "webpush", int pullMinutes = 0)
        : this(SigningKey.Create(), channel, pullMinutes)
    {
    }

    public Owner Owner => key.Owner;

    /// <summary>Where its hints go; another phone's go elsewhere.</summary>
    public string Endpoint { get; set; } = $"https://push.example/{key.Owner.Name}";

    /// <summary>Of the statement it made last.</summary>
    public long Number { get; set; }

    /// <summary>The path of its routes.</summary>
    public string Path => $"/api/v1/devices/{Owner}";

    public DeviceStatement Register() => Sign(new DeviceStatement.Register(
        Owner, ++Number, channel, Endpoint, string.Empty, channel == "webhook" ? [] : Point, RandomNumberGenerator.GetBytes(channel == "webhook" ? 32 : 16), pullMinutes));

    /// <summary>The same place, by another statement.</summary>
    public DeviceStatement Refresh(DeviceStatement register) => Sign((DeviceStatement.Register)register with { Number = ++Number });

    public DeviceStatement Unregister() => Sign(new DeviceStatement.Unregister(Owner, ++Number));

    public DeviceStatement Follow(LogName log) => Sign(new DeviceStatement.Follow(Owner, ++Number, log, TagOf(log)));

    public DeviceStatement Unfollow(LogName log) => Sign(new DeviceStatement.Unfollow(Owner, ++Number, log));

    public DeviceStatement Seen(params (LogName Log, long Sequence)[] has) =>
        Sign(new DeviceStatement.Seen(Owner, ++Number, [.. has.Select(each => new MovedTag(TagOf(each.Log), each.Sequence))]));

    public DeviceStatement AskStatus() => Sign(new DeviceStatement.AskStatus(Owner, ++Number));

    /// <summary>What it calls a log. Any bytes would do, of which these are easy to find again.</summary>
    public HintTag TagOf(LogName log) => new(SHA256.HashData([.. log.Id.Span, .. System.Text.Encoding.ASCII.GetBytes(Owner.Name)]).AsSpan(0, HintTag.Size));

    public DeviceStatement Sign(DeviceStatement statement) => statement.SignedBy(key);

    private static byte[] Point { get; } = NewPoint();

    private static byte[] NewPoint()
    {
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var point = pair.ExportParameters(includePrivateParameters: false).Q;
        return [4, .. point.X!, .. point.Y!];
    }
}
