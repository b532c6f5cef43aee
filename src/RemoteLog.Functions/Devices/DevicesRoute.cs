using System.Buffers.Text;
using System.Text.Json;
using RemoteLog.Functions.Http;
using RemoteLog.Protocol;
using RemoteLog.Server.Wake;

namespace RemoteLog.Functions.Devices;

/// <summary>
/// /api/v1/devices/{device}: what a device states about how it is woken. Every statement is signed by the device's own key and has a number above that
/// of the one before; the answer is how the device stands, which only the device itself is told.
/// </summary>
public sealed class DevicesRoute(DeviceRegistrar registrar)
{
    public const string Pattern = "/api/v1/devices/{device}";

    private const string Scheme = "RemoteLog ";

    /// <summary>PUT: hints are to go there.</summary>
    public Task RegisterAsync(HttpContext context) => StateAsync<DeviceStatement.Register>(context);

    /// <summary>DELETE: no hints any more.</summary>
    public Task UnregisterAsync(HttpContext context) => StateAsync<DeviceStatement.Unregister>(context);

    /// <summary>PUT …/follows: hints are to tell of this log.</summary>
    public Task FollowAsync(HttpContext context) => StateAsync<DeviceStatement.Follow>(context);

    /// <summary>DELETE …/follows: hints are not to tell of this log any more.</summary>
    public Task UnfollowAsync(HttpContext context) => StateAsync<DeviceStatement.Unfollow>(context);

    /// <summary>POST …/seen: after a pull, what the device has.</summary>
    public Task SeeAsync(HttpContext context) => StateAsync<DeviceStatement.Seen>(context);

    /// <summary>
    /// GET: how the device stands. What it follows is nobody else's concern, so this is signed too; the statement is in the header that carries who asks,
    /// because a GET has no body and an address ends up in logs.
    /// </summary>
    public async Task GetAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (await FindDeviceAsync(context) is not { } device) return;
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;

        if (request.Headers.Authorization is not [{ } sent] || !sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.WWWAuthenticate = "RemoteLog realm=\"the device itself\"";
            await Problem.UnsignedRequest.WriteAsync(response);
            return;
        }
        await StateAsync<DeviceStatement.AskStatus>(context, device, format, Decode(sent[Scheme.Length..]));
    }

    /// <summary>POST …/confirm: the device returns the token that came with its first hint. Not signed: whoever read the hint is the device.</summary>
    public async Task ConfirmAsync(HttpContext context)
    {
        if (await FindDeviceAsync(context) is not { } device) return;
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;
        using var body = await ReadAsync(context, MessageKind.Confirmation);
        if (body is null) return;

        if (Confirmation.TryParse(body.Bytes.Span, out var confirmation))
        {
            await DeviceAnswer.WriteAsync(context.Response, format, await registrar.ConfirmAsync(device, confirmation.Token, context.RequestAborted));
        }
        else
        {
            await Problem.MalformedBody.WriteAsync(context.Response, "A Confirmation has the token of the device's first hint.");
        }
    }

    private async Task StateAsync<T>(HttpContext context)
        where T : DeviceStatement
    {
        if (await FindDeviceAsync(context) is not { } device) return;
        if (await LogRoute.FindFormatAsync(context) is not { } format) return;
        using var body = await ReadAsync(context, MessageKind.DeviceStatement);
        if (body is not null) await StateAsync<T>(context, device, format, body.Bytes);
    }

    private async Task StateAsync<T>(HttpContext context, Owner device, Format format, ReadOnlyMemory<byte> bytes)
        where T : DeviceStatement
    {
        if (!DeviceStatement.TryParse(bytes.Span, out var statement))
        {
            await Problem.MalformedBody.WriteAsync(
                context.Response,
                $"A DeviceStatement has a device, a number from 1, a signature of {Signature.Size} bytes, and says one thing, within its limits. {Problem.Described}");
        }
        else if (statement is not T) await Problem.MalformedBody.WriteAsync(context.Response, $"This takes a DeviceStatement that says {MemberOf<T>()}. {Problem.Described}");
        else if (!statement.Device.Equals(device)) await Problem.WrongDevice.WriteAsync(context.Response);
        else await DeviceAnswer.WriteAsync(context.Response, format, await registrar.AcceptAsync(statement, context.RequestAborted));
    }

    private static async ValueTask<Owner?> FindDeviceAsync(HttpContext context)
    {
        if (Owner.TryParse((string)context.Request.RouteValues["device"]!, out var device)) return device;
        await Problem.InvalidDevice.WriteAsync(context.Response);
        return null;
    }

    private static ValueTask<RequestBody?> ReadAsync(HttpContext context, MessageKind kind) =>
        RequestBody.ReadMessageAsync(context, kind, DeviceStatement.MaxLength, DeviceStatement.MaxLength * 2);

    /// <summary>What the message has for what a statement says.</summary>
    private static string MemberOf<T>()
        where T : DeviceStatement => JsonNamingPolicy.CamelCase.ConvertName(typeof(T).Name);

    private static byte[]? Decode(string text)
    {
        if (text.Length > DeviceStatement.MaxLength) return null;
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
