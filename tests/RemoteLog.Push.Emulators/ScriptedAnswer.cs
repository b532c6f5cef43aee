using System.Text;
using Microsoft.AspNetCore.Http;

namespace RemoteLog.Push.Emulators;

/// <summary>What an emulator is to answer instead of what it would.</summary>
public sealed record ScriptedAnswer(int Status, string Body = "")
{
    /// <summary>Never answers.</summary>
    public static readonly ScriptedAnswer Hang = new(-1);

    /// <summary>Breaks the connection.</summary>
    public static readonly ScriptedAnswer Reset = new(-2);

    public string? RetryAfter { get; init; }

    public string? Location { get; init; }

    internal async Task WriteAsync(HttpContext context)
    {
        if (Status == Hang.Status)
        {
            await Emulator.HangAsync(context);
            return;
        }
        if (Status == Reset.Status)
        {
            context.Abort();
            return;
        }
        context.Response.StatusCode = Status;
        if (RetryAfter is not null) context.Response.Headers.RetryAfter = RetryAfter;
        if (Location is not null) context.Response.Headers.Location = Location;
        if (Body.Length > 0) await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Body));
    }
}
