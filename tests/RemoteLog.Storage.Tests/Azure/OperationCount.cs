using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using RemoteLog.Storage.Azure;

namespace RemoteLog.Storage.Tests.Azure;

/// <summary>What one storage was asked, as its meter tells: the numbers that an operator sees, too.</summary>
internal sealed class OperationCount : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly ConcurrentQueue<string> operations = new(), details = new();

    public OperationCount(string prefix)
    {
        listener.InstrumentPublished = (instrument, self) =>
        {
            var meter = instrument.Meter;
            if (meter.Name == AzureStorage.MeterName && meter.Tags!.Any(tag => tag.Value is string value && value == prefix)) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            Assert.Equal(1, count);
            operations.Enqueue($"{tags[0].Value} {tags[1].Value}");
            details.Enqueue($"{tags[0].Value} {tags[2].Value} {tags[3].Value}");
        });
        listener.Start();
    }

    /// <summary>Service and method of each operation that <paramref name="act"/> took.</summary>
    public async Task<IReadOnlyList<string>> OfAsync(Func<Task> act)
    {
        operations.Clear();
        await act();
        return [.. operations];
    }

    /// <summary>Service, operation and outcome of each operation that <paramref name="act"/> took.</summary>
    public async Task<IReadOnlyList<string>> DetailsOfAsync(Func<Task> act)
    {
        details.Clear();
        await act();
        return [.. details];
    }

    public void Dispose() => listener.Dispose();
}
