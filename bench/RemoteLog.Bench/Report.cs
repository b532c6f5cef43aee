using System.Runtime.InteropServices;
using System.Text.Json;
using Spectre.Console;

namespace RemoteLog.Bench;

/// <summary>All that was measured, for people and for programs.</summary>
/// <param name="At">When.</param>
/// <param name="Machine">On what; figures of other machines, or of a busy one, only compare by their ratios.</param>
/// <param name="Cores">How many.</param>
/// <param name="Quick">Whether it was a short run.</param>
/// <param name="Measurements">In the order they were made.</param>
internal sealed record Report(DateTimeOffset At, string Machine, int Cores, bool Quick, IReadOnlyList<Measurement> Measurements)
{
    private const int PlainWidth = 160;

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Report Of(bool quick, IReadOnlyList<Measurement> measurements) => new(
        DateTimeOffset.UtcNow, $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        Environment.ProcessorCount, quick, measurements);

    public IEnumerable<Measurement> Missed => Measurements.Where(measurement => measurement.Target is { Met: false });

    public void Print()
    {
        // Into a file it goes plain, and as wide as it needs.
        var plain = Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect });
        if (plain) console.Profile.Width = PlainWidth;

        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("");
        foreach (var heading in (string[])["figure", "ratio", "p50 ms", "p99 ms"]) table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        table.AddColumn("target");
        var scenario = "";
        foreach (var measurement in Measurements)
        {
            if (measurement.Scenario != scenario) table.AddRow($"[bold]{scenario = measurement.Scenario}[/]");
            table.AddRow(
                "  " + Markup.Escape(measurement.Name),
                Markup.Escape($"{Number(measurement.Figure)} {measurement.Unit}"),
                measurement.Ratio is { } ratio ? $"{ratio:0.00} [grey]of {Markup.Escape(measurement.Limit!)}[/]" : "",
                measurement.P50 is { } p50 ? Number(p50) : "",
                measurement.P99 is { } p99 ? Number(p99) : "",
                measurement.Target is { } target ? $"{(target.Met ? "[green]met[/]" : "[red]missed[/]")}, {Markup.Escape(target.Text)}" : "");
        }
        console.Write(table);
    }

    public void Write(FileInfo file) => File.WriteAllText(file.FullName, JsonSerializer.Serialize(this, Readable) + "\n");

    public static string Number(double value) => value switch
    {
        >= 100 => value.ToString("N0"),
        >= 10 => value.ToString("N1"),
        _ => value.ToString("N2"),
    };
}
