using System.Text.Json;

namespace RemoteLog.Cli;

/// <summary>A list price.</summary>
/// <param name="Id">Stable.</param>
/// <param name="Meter">What it is called on the bill.</param>
/// <param name="Amount">US dollars for <paramref name="Per"/> units.</param>
/// <param name="Free">Units a month that cost nothing.</param>
/// <param name="Date">When it was that.</param>
/// <param name="Source">Where that is written.</param>
/// <param name="IsConfirmed">False when nobody looked it up.</param>
internal sealed record Price(
    string Id, string Meter, double Amount, double Per, string Unit, double Free, string Region, DateOnly Date, string Source, bool IsConfirmed);

/// <summary>The list prices that this tool was built with: prices.json.</summary>
internal static class Prices
{
    private static readonly Dictionary<string, Price> ById = Read();

    public static Price Of(string id) => ById[id];

    private static Dictionary<string, Price> Read()
    {
        using var stream = typeof(Prices).Assembly.GetManifestResourceStream("prices.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.GetProperty("prices").EnumerateArray()
            .Select(price => new Price(
                price.GetProperty("id").GetString()!, price.GetProperty("meter").GetString()!, price.GetProperty("price").GetDouble(),
                price.GetProperty("per").GetDouble(), price.GetProperty("unit").GetString()!, price.GetProperty("free").GetDouble(),
                price.GetProperty("region").GetString()!, DateOnly.ParseExact(price.GetProperty("date").GetString()!, "yyyy-MM-dd"),
                price.GetProperty("source").GetString()!, price.GetProperty("confirmed").GetBoolean()))
            .ToDictionary(price => price.Id);
    }
}
