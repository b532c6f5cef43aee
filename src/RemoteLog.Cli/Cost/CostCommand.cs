using System.CommandLine;
using System.Text;

namespace RemoteLog.Cli;

/// <summary><c>cost</c>: the monthly bill for some traffic, and what it depends on.</summary>
internal static class CostCommand
{
    private static readonly (string Word, Mode Value)[] Modes = [("all-embedded", Mode.AllEmbedded), ("none-embedded", Mode.NoneEmbedded), ("one-entry", Mode.OneEntry)];
    private static readonly (string Word, Host Value)[] Hosts = [("functions", Host.Functions), ("containers", Host.Containers)];
    private static readonly (string Word, Store Value)[] Stores = [("blob", Store.Blob), ("swarm", Store.Swarm), ("both", Store.Both)];

    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var command = new TaughtCommand("cost", "What a server on Azure costs a month, by traffic, and which knob matters most", """
              remotelog cost
              remotelog cost --devices 100000 --messages 20 --followers 5
              remotelog cost --host containers --waiting 1000 --svg cost.svg
              remotelog cost --mode one-entry --store swarm --json | jq .total
            """);
        Option<double> Number(string name, double value, double least, double most, string description)
        {
            var option = new Option<double>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
            option.Validators.Add(result =>
            {
                // What is no number at all is reported by the parser itself.
                if (result.Tokens is [var token] && double.TryParse(token.Value, out var given) && !(given >= least && given <= most))
                {
                    result.AddError($"{name} is {token.Value}; it may be {least:#,0.##} to {most:#,0}.");
                }
            });
            command.Add(option);
            return option;
        }
        Option<string> Word(string name, string description, IEnumerable<string> words)
        {
            var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => words.First() };
            option.AcceptOnlyFromAmong([.. words]);
            command.Add(option);
            return option;
        }

        var devices = Number("--devices", 1000, 1, 1e9, "Devices, each with one log");
        var messages = Number("--messages", 50, 0.01, 1e6, "Messages that each writes a day");
        var bytes = Number("--bytes", 512, 1, 32_768, "Bytes of a message");
        var batch = Number("--batch", 1, 1, 4096, "Messages sent in one segment");
        var followers = Number("--followers", 3, 0, 1e6, "Readers of each log");
        var reads = Number("--reads", 10, 0, 1e5, "Times a day that each reader asks for what is new");
        var hints = Number("--hints", 10, 0, 1e5, "Times a day at most that each reader is woken by a hint; 0: a service that wakes nobody");
        var waiting = Number("--waiting", 0, 0, 1e7, "Requests that wait for a head at any time");
        var retention = Number("--retention", 365, 1, 36_500, "Days that messages are kept");
        var mode = Word("--mode", "What pages hold", Modes.Select(each => each.Word));
        var host = Word("--host", "What runs the service", Hosts.Select(each => each.Word));
        var store = Word("--store", "What keeps pages and content", Stores.Select(each => each.Word));
        var memory = Word("--memory", "Megabytes of a Functions instance", ["2048", "512", "4096"]);
        var cpu = Number("--cpu", 0.5, 0.25, 4, "vCPU of a Container Apps replica");
        var replicas = Number("--replicas", 1, 0, 1000, "Container Apps replicas that are always there");
        var poll = Number("--poll", 250, 10, 600_000, "Milliseconds between a replica's looks at its queues (Triggers:PollMilliseconds)");
        var svg = new Option<string?>("--svg") { Description = "Also draw the bill by number of devices", HelpName = "FILE" };
        command.Add(svg);

        command.SetAction(options, terminal, async (arguments, _, cancellationToken) =>
        {
            double Given(Option<double> option) => arguments.GetRequiredValue(option);
            var profile = new Profile
            {
                Devices = Given(devices),
                Messages = Given(messages),
                Bytes = Given(bytes),
                Batch = Given(batch),
                Followers = Given(followers),
                Reads = Given(reads),
                Hints = Given(hints),
                Waiting = Given(waiting),
                Retention = Given(retention),
                Memory = double.Parse(arguments.GetRequiredValue(memory)),
                Cpu = Given(cpu),
                Replicas = Given(replicas),
                Poll = Given(poll),
                Mode = Modes.First(each => each.Word == arguments.GetRequiredValue(mode)).Value,
                Host = Hosts.First(each => each.Word == arguments.GetRequiredValue(host)).Value,
                Store = Stores.First(each => each.Word == arguments.GetRequiredValue(store)).Value,
            };
            if (arguments.GetValue(svg) is { } file) await File.WriteAllTextAsync(file, CostPlot.Draw(profile), new UTF8Encoding(false), cancellationToken);
            if (arguments.GetValue(options.Json)) PrintJson(terminal, profile);
            else Print(terminal, profile);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A knob, and by how much the bill changes when it is halved and when it is doubled. Those first that matter most.</summary>
    private static List<(string Name, double Value, double Halved, double Doubled)> Sensitivity(Profile profile)
    {
        var total = Bill.Total(profile);
        return [.. profile.Knobs()
            .Select(knob => (knob.Name, knob.Value, Halved: Bill.Total(knob.With(knob.Value / 2)) - total, Doubled: Bill.Total(knob.With(knob.Value * 2)) - total))
            .OrderByDescending(knob => Math.Max(Math.Abs(knob.Halved), Math.Abs(knob.Doubled)))];
    }

    private static IEnumerable<(string Host, string Store, string Mode, double Total)> Alternatives(Profile profile) =>
        from host in Hosts
        from store in Stores
        from mode in Modes
        select (host.Word, store.Word, mode.Word, Bill.Total(profile with { Host = host.Value, Store = store.Value, Mode = mode.Value }));

    private static string Title(Profile profile) =>
        $"{Hosts.First(each => each.Value == profile.Host).Word}, {Stores.First(each => each.Value == profile.Store).Word}, "
        + Modes.First(each => each.Value == profile.Mode).Word;

    private static void Print(Terminal terminal, Profile profile)
    {
        var charges = Bill.Of(profile);
        terminal.WriteLine($"{profile.Devices:#,0.##} devices write {profile.Messages:#,0.##} messages of {profile.Bytes:#,0.##} bytes a day, {profile.Batch:#,0.##} in a segment.");
        terminal.WriteLine($"{profile.Followers:#,0.##} readers of each log ask {profile.Reads:#,0.##} times a day and are woken {profile.Hints:#,0.##} times at most. Messages are kept for {profile.Retention:#,0.##} days.");
        terminal.WriteLine("");
        terminal.WriteLine($"{$"A month on {Title(profile)}:",-44}{"quantity",18}   {"US dollars",12}");
        foreach (var (price, quantity, dollars) in charges)
        {
            terminal.WriteLine($"  {price.Meter,-34}{Quantity(quantity),26} {price.Unit,-14}{dollars,9:#,0.00}{(price.IsConfirmed ? "" : " *")}");
        }
        terminal.WriteLine($"  {"total",-34}{"",26} {"",-14}{charges.Sum(charge => charge.Dollars),9:#,0.00}");
        terminal.WriteLine("");
        terminal.WriteLine($"{"The same traffic on:",-24}{Modes[0].Word,16}{Modes[1].Word,16}{Modes[2].Word,16}");
        foreach (var row in Alternatives(profile).GroupBy(each => $"{each.Host}, {each.Store}"))
        {
            terminal.WriteLine($"  {row.Key,-22}{string.Concat(row.Select(each => $"{each.Total,16:#,0.00}"))}");
        }
        terminal.WriteLine("");
        terminal.WriteLine($"{"What matters most:",-24}{"now",16}{"halved",16}{"doubled",16}");
        foreach (var (name, value, halved, doubled) in Sensitivity(profile))
        {
            terminal.WriteLine($"  --{name,-20}{value,16:#,0.##}{halved,16:+#,0.00;-#,0.00;0.00}{doubled,16:+#,0.00;-#,0.00;0.00}");
        }
        terminal.WriteLine("");
        terminal.WriteLine("List prices, free grants deducted, without taxes, telemetry, alerts and networks; push services ask nothing; docs/cost.md has what is assumed.");
        foreach (var price in Unconfirmed(charges)) terminal.WriteLine($"* unconfirmed: {price.Meter}, {price.Amount} dollars. {price.Source}.");
    }

    private static void PrintJson(Terminal terminal, Profile profile) => JsonLine.Write(terminal.Output, writer =>
    {
        var charges = Bill.Of(profile);
        writer.WriteString("of", Title(profile));
        writer.WriteNumber("total", charges.Sum(charge => charge.Dollars));
        writer.WriteObjects("meters", charges, charge =>
        {
            writer.WriteString("id", charge.Price.Id);
            writer.WriteString("meter", charge.Price.Meter);
            writer.WriteNumber("quantity", charge.Quantity);
            writer.WriteString("unit", charge.Price.Unit);
            writer.WriteNumber("price", charge.Price.Amount);
            writer.WriteNumber("per", charge.Price.Per);
            writer.WriteNumber("free", charge.Price.Free);
            writer.WriteNumber("dollars", charge.Dollars);
            writer.WriteString("date", charge.Price.Date.ToString("yyyy-MM-dd"));
            writer.WriteString("source", charge.Price.Source);
            writer.WriteBoolean("confirmed", charge.Price.IsConfirmed);
        });
        writer.WriteObjects("alternatives", Alternatives(profile), each =>
        {
            writer.WriteString("host", each.Host);
            writer.WriteString("store", each.Store);
            writer.WriteString("mode", each.Mode);
            writer.WriteNumber("total", each.Total);
        });
        writer.WriteObjects("knobs", Sensitivity(profile), knob =>
        {
            writer.WriteString("name", knob.Name);
            writer.WriteNumber("value", knob.Value);
            writer.WriteNumber("halved", knob.Halved);
            writer.WriteNumber("doubled", knob.Doubled);
        });
    });

    private static string Quantity(double quantity) => quantity >= 100 ? $"{quantity:#,0}" : $"{quantity:0.##}";

    private static IEnumerable<Price> Unconfirmed(IEnumerable<Charge> charges) => charges.Select(charge => charge.Price).Where(price => !price.IsConfirmed);
}
