using System.Diagnostics;
using System.Globalization;
using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Devices;

/// <summary>What a device is answered: how it stands, or the problem with what helps to get over it.</summary>
internal static class DeviceAnswer
{
    public static Task WriteAsync(HttpResponse response, Format format, DeviceResult result)
    {
        response.Headers.CacheControl = "no-store";
        switch (result)
        {
            case DeviceResult.Accepted(var status):
                return LogRoute.WriteAsync(response, format, MessageKind.DeviceStatus, status.ToArray());
            case DeviceResult.Stale(var number):
                var newest = number.ToString(CultureInfo.InvariantCulture);
                return Problem.StaleNumber.WriteAsync(response, $"The newest is {newest}.", json => json.WriteString("number", newest));
            case DeviceResult.BadTarget(var reason):
                return Problem.InvalidTarget.WriteAsync(response, reason);
            case DeviceResult.TooManyRegistrations(var wait):
                response.Headers.RetryAfter = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                return Problem.TooManyRegistrations.WriteAsync(response);
            default:
                return ProblemOf(result).WriteAsync(response);
        }
    }

    private static Problem ProblemOf(DeviceResult result) => result switch
    {
        DeviceResult.BadSignature => Problem.BadDeviceSignature,
        DeviceResult.Unknown => Problem.UnknownDevice,
        DeviceResult.WrongToken => Problem.WrongToken,
        DeviceResult.NotOffered => Problem.ChannelNotOffered,
        DeviceResult.TooManyFollows => Problem.TooManyFollows,
        DeviceResult.TooManyFollowers => Problem.TooManyFollowers,
        DeviceResult.Busy => Problem.Busy,
        _ => throw new UnreachableException(),
    };
}
