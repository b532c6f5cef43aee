using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace RemoteLog.Bee.Emulator.Http;

/// <summary>Bodies as Bee writes them.</summary>
internal static class Answer
{
    /// <summary>Names are given as they are on the wire.</summary>
    private static readonly JsonSerializerOptions AsWritten = new() { PropertyNamingPolicy = null };

    public static IResult Json(object body, int status = StatusCodes.Status200OK) =>
        Results.Json(body, AsWritten, "application/json; charset=utf-8", status);

    /// <summary>Code and message: errors, and successes that have nothing else to say. Reasons only where there are any.</summary>
    public static IResult Message(int status, string? message = null, IReadOnlyList<ParameterFault>? reasons = null)
    {
        message ??= ReasonPhrases.GetReasonPhrase(status);
        return reasons is null
            ? Json(new { code = status, message }, status)
            : Json(new { code = status, message, reasons = reasons.Select(reason => new { field = reason.Field, error = reason.Error }) }, status);
    }

    public static IResult Reference(byte[] reference) => Json(new { reference = Convert.ToHexStringLower(reference) }, StatusCodes.Status201Created);
}
