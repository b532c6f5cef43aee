using System.Diagnostics;
using System.Globalization;
using RemoteLog.Functions.Http;
using RemoteLog.Functions.Operations;
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
            case DeviceResult.BadSignature:
                return Problem.BadDeviceSignature.WriteAsync(
                    response, $"It is ECDSA-SHA-256, r and s of 32 bytes each, over the text that {OpenApiRoute.Pattern} describes with DeviceStatement.");
            case DeviceResult.NotOffered(var channels):
                return Problem.ChannelNotOffered.WriteAsync(
                    response, channels.Count > 0 ? $"It wakes by {string.Join(", ", channels)}." : "It wakes nobody before its operator sets Push:Vapid:Key.");
            case DeviceResult.TooManyRegistrations(var wait):
                var seconds = Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
                response.Headers.RetryAfter = seconds;
                return Problem.TooManyRegistrations.WriteAsync(response, $"The next one is taken in {seconds} seconds.");
            default:
                return ProblemOf(result).WriteAsync(response);
        }
    }

    private static Problem ProblemOf(DeviceResult result) => result switch
    {
        DeviceResult.Unknown => Problem.UnknownDevice,
        DeviceResult.WrongToken => Problem.WrongToken,
        DeviceResult.TooManyFollows => Problem.TooManyFollows,
        DeviceResult.TooManyFollowers => Problem.TooManyFollowers,
        DeviceResult.Busy => Problem.Busy,
        _ => throw new UnreachableException(),
    };
}
