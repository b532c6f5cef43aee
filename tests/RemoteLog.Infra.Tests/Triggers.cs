using System.Text.Json;

namespace RemoteLog.Infra.Tests;

/// <summary>What the function.json files ask of the Functions host.</summary>
internal static class Triggers
{
    public static IReadOnlyList<(string Name, string Connection)> Queues() =>
    [
        .. Repository.Files("src/RemoteLog.Functions/Triggers", "function.json")
            .Select(file => JsonDocument.Parse(Repository.Read(file)).RootElement.GetProperty("bindings")[0])
            .Where(binding => binding.GetProperty("type").GetString() == "queueTrigger")
            .Select(binding => (binding.GetProperty("queueName").GetString()!, binding.GetProperty("connection").GetString()!)),
    ];
}
