using System.CommandLine;
using RemoteLog.Bench;
using RemoteLog.Bench.Scenarios;
using RemoteLog.Bench.Servers;
using Spectre.Console;

var json = new Option<FileInfo?>("--json") { Description = "Also write the figures to this file", HelpName = "FILE" };
var quick = new Option<bool>("--quick") { Description = "About a minute instead of several: shorter rounds, and no log of a million entries" };
var check = new Option<bool>("--check") { Description = "Exit with 1 when a target is missed" };
var only = new Option<string[]>("--only")
{
    Description = "Measure these only:\n" + string.Join('\n', Scenario.All.Select(scenario => $"{scenario.Name}: {scenario.What}")),
    HelpName = "NAME",
    AllowMultipleArgumentsPerToken = true,
};
only.AcceptOnlyFromAmong([.. Scenario.All.Select(scenario => scenario.Name)]);

var kind = new Argument<ServerKind>("kind");
var folder = new Argument<DirectoryInfo>("folder");
var settings = new Argument<string[]>("settings") { Arity = ArgumentArity.ZeroOrMore };
var serve = new Command("serve", "Runs one of the servers that are measured.") { Arguments = { kind, folder, settings }, Hidden = true };
serve.SetAction((parsed, _) => ServeCommand.RunAsync(parsed.GetRequiredValue(kind), parsed.GetRequiredValue(folder), parsed.GetValue(settings) ?? []));

var root = new RootCommand("Measures the limits of this machine, and RemoteLog against them.") { json, quick, only, check, serve };
root.SetAction(async (parsed, _) =>
{
    var effort = parsed.GetValue(quick) ? Effort.Quick : Effort.Full;
    var scenarios = parsed.GetValue(only) is { Length: > 0 } names ? Scenario.All.Where(scenario => names.Contains(scenario.Name)) : Scenario.All;
    var progress = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    List<Measurement> measurements = [];
    try
    {
        await progress.Status().StartAsync("starting", async status =>
        {
            foreach (var scenario in scenarios)
            {
                var measured = await scenario.RunAsync(effort, text => status.Status(Markup.Escape(text)));
                measurements.AddRange(measured.Select(measurement => measurement with { Scenario = scenario.Name }));
            }
        });
    }
    catch (BenchException exception)
    {
        progress.MarkupLineInterpolated($"[red]{exception.Message}[/]");
        return 2;
    }

    var report = Report.Of(parsed.GetValue(quick), measurements);
    report.Print();
    if (parsed.GetValue(json) is { } file) report.Write(file);
    if (!parsed.GetValue(check)) return 0;

    foreach (var missed in report.Missed)
    {
        progress.MarkupLineInterpolated($"[red]missed:[/] {missed.Name} is {Report.Number(missed.Figure)} {missed.Unit}, should be {missed.Target!.Text}");
    }
    return report.Missed.Any() ? 1 : 0;
});

// Ended by Ctrl+C it ends at once: the servers notice and clear up.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
