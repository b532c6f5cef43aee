using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace RemoteLog.Functions.Host.Simulator;

/// <summary>The functions of an app root (contract 4 and 7.7): what the host would refuse or misread is refused here.</summary>
internal sealed partial class FunctionCatalog
{
    private FunctionCatalog(HostFile host, IReadOnlyList<Function> functions)
    {
        Host = host;
        Functions = functions;
    }

    public HostFile Host { get; }

    public IReadOnlyList<Function> Functions { get; }

    /// <exception cref="IllegalAppException">It is no app root that would work.</exception>
    public static FunctionCatalog Read(string folder)
    {
        var host = HostFile.Read(Path.Combine(folder, "host.json"));
        IllegalAppException.ThrowUnless(File.Exists(Path.Combine(folder, host.Executable)), "The executable is not there.");
        var functions = Directory.EnumerateDirectories(folder)
            .Where(path => File.Exists(Path.Combine(path, "function.json")))
            .Select(path => ReadFunction(Path.GetFileName(path), Path.Combine(path, "function.json")))
            .OrderBy(function => function.Name, StringComparer.Ordinal)
            .ToList();

        var shared = functions.OfType<HttpFunction>()
            .SelectMany(function => function.Methods.Select(method => $"{method} {function.Route}"))
            .GroupBy(route => route, StringComparer.OrdinalIgnoreCase)
            .FirstOrDefault(group => group.Count() > 1);
        IllegalAppException.ThrowUnless(shared is null, $"Two functions share {shared?.Key}.");
        return new FunctionCatalog(host, functions);
    }

    /// <summary>The same app with another limit on the time of one invocation.</summary>
    public FunctionCatalog WithFunctionTimeout(TimeSpan limit) => new(Host with { FunctionTimeout = limit }, Functions);

    private static Function ReadFunction(string name, string path)
    {
        IllegalAppException.ThrowUnless(FunctionName().IsMatch(name) && name != "host", $"'{name}' cannot name a function.");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        var bindings = document.RootElement.GetProperty("bindings").EnumerateArray().ToList();
        var triggers = bindings.Where(binding => Text(binding, "type").EndsWith("Trigger", StringComparison.Ordinal)).ToList();
        IllegalAppException.ThrowUnless(triggers.Count == 1, $"{name} has {triggers.Count} triggers.");
        var others = bindings.Count - 1;

        switch (Text(triggers[0], "type"))
        {
            case "httpTrigger":
                // Contract 1.2: with any other set of bindings a call comes as an envelope, silently.
                IllegalAppException.ThrowUnless(
                    others == 1 && bindings.Exists(binding => Text(binding, "type") == "http" && Text(binding, "direction") == "out"),
                    $"{name} is not proxied: that takes one httpTrigger and one http output.");
                return ReadHttp(name, triggers[0]);
            case "queueTrigger":
                IllegalAppException.ThrowUnless(others == 0, $"{name} has bindings that the simulator does not know.");
                var isBinary = triggers[0].TryGetProperty("dataType", out var type) && type.GetString() == "binary";
                return new QueueFunction(name, Text(triggers[0], "name"), Text(triggers[0], "queueName").ToLowerInvariant(), isBinary);
            case "timerTrigger":
                IllegalAppException.ThrowUnless(others == 0, $"{name} has bindings that the simulator does not know.");
                var schedule = EveryMinutes().Match(Text(triggers[0], "schedule"));
                IllegalAppException.ThrowUnless(schedule.Success, $"{name} has a schedule that the simulator does not know.");
                return new TimerFunction(name, Text(triggers[0], "name"), int.Parse(schedule.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            case var unknown:
                throw new IllegalAppException($"{name} has a trigger that the simulator does not know: {unknown}.");
        }
    }

    private static HttpFunction ReadHttp(string name, JsonElement trigger)
    {
        var route = Text(trigger, "route");
        IllegalAppException.ThrowUnless(
            !route.StartsWith("admin", StringComparison.OrdinalIgnoreCase) && !route.StartsWith("runtime", StringComparison.OrdinalIgnoreCase),
            $"The host keeps routes like {route} for itself.");
        var methods = trigger.GetProperty("methods").EnumerateArray().Select(method => method.GetString()!.ToUpperInvariant()).ToList();
        var isAnonymous = trigger.TryGetProperty("authLevel", out var level) && level.GetString() == "anonymous";
        return new HttpFunction(name, route, methods, isAnonymous);
    }

    private static string Text(JsonElement binding, string name) => binding.GetProperty(name).GetString()!;

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]{0,127}$")]
    private static partial Regex FunctionName();

    /// <summary>Six fields, the seconds first.</summary>
    [GeneratedRegex(@"^0 \*/(\d+) \* \* \* \*$")]
    private static partial Regex EveryMinutes();
}
