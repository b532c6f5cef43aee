using System.Globalization;
using System.Runtime.CompilerServices;
using RemoteLog.Testing;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>What 10,000 messages cost in operations and bytes, held against the table that docs/cost.md shows.</summary>
public sealed class CostTableTests(Azurite azurite, ITestOutputHelper output)
{
    /// <summary>The table's 10,000 messages are in 20 logs. Each log costs the same, so one is measured and stands for all.</summary>
    private const int Logs = 20, MessagesPerLog = 500;
    private static readonly string Message = new('x', 256);

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(100)]
    public async Task What_the_documentation_says_of_the_cost_of_10_000_messages_is_what_they_cost(int segment)
    {
        using var transport = new CountingTransport();
        var options = await azurite.NewOptionsAsync();
        var storage = await azurite.OpenAsync(options, transport, time: null);
        using var server = new ServerOnAzure(storage.Storage);
        using var count = new OperationCount(options.Prefix);
        var before = transport.Sent;

        var operations = await count.OfAsync(async () =>
        {
            var device = new Device();
            for (var i = 0; i < MessagesPerLog; i += segment)
            {
                await server.WriteAsync(device, [.. Enumerable.Repeat(Message, segment)]);
                await server.Sealer.SealAsync(device.Log, TestContext.Current.CancellationToken);
            }
        });

        // Here the tail is read after each append to see whether a page is due; the service only reads it for the append that filled one.
        var pages = operations.Count(operation => operation == "blob PUT");
        var idleLooks = (MessagesPerLog / segment) - pages;
        var row = Row(
            segment,
            Logs * (operations.Count(operation => operation.StartsWith("table", StringComparison.Ordinal)) - idleLooks),
            Logs * operations.Count(operation => operation.StartsWith("blob", StringComparison.Ordinal)),
            Logs * 3 * operations.Count(operation => operation == "queue POST"),
            Logs * (transport.Sent - before) / 1_000_000.0);
        output.WriteLine($"{row} {Logs * (transport.Sent - before):N0} bytes");
        Assert.Contains(row, await File.ReadAllTextAsync(DocumentPath(), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static string Row(int segment, int tables, int blobs, int queues, double megabytes) => string.Create(
        CultureInfo.InvariantCulture, $"| {segment} | {tables:N0} | {blobs:N0} | {queues:N0} | {megabytes:F0} MB |");

    private static string DocumentPath([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "cost.md"));
}
