using System.Text.Json;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>An answer that the host takes neither for success nor for failure: it waits for functionTimeout and kills the handler. No test may meet it.</summary>
internal sealed class HangingInvocationException(string message) : Exception(message);

/// <summary>What the host makes of the answer to an envelope (contract 3.4; 7.16).</summary>
internal static class EnvelopeAnswer
{
    /// <summary>Why the invocation failed; null when it succeeded.</summary>
    /// <exception cref="HangingInvocationException">It did neither.</exception>
    public static string? FindFault(int status, string? mediaType, string body)
    {
        if (status is < 200 or > 299) return $"The handler answered with status {status}.";
        if (body.Length == 0) throw new HangingInvocationException($"An empty answer of status {status} completes nothing.");
        if (mediaType is not ("application/json" or "text/json")) return $"The answer is of type '{mediaType}'.";

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body);
        }
        catch (JsonException exception)
        {
            return exception.Message;
        }
        using (document)
        {
            return document.RootElement.ValueKind switch
            {
                JsonValueKind.Null => throw new HangingInvocationException("An answer of null completes nothing."),
                JsonValueKind.Object when AreLogsLegal(document.RootElement) => null,
                JsonValueKind.Object => "Logs are no array of strings.",
                var kind => $"The answer is a JSON {kind}.",
            };
        }
    }

    private static bool AreLogsLegal(JsonElement answer) =>
        answer.EnumerateObject().Where(property => property.Name.Equals("Logs", StringComparison.OrdinalIgnoreCase)).All(property =>
            property.Value.ValueKind == JsonValueKind.Array && property.Value.EnumerateArray().All(line => line.ValueKind == JsonValueKind.String));
}
