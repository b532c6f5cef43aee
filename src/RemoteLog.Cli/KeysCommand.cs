using System.CommandLine;
using RemoteLog.Client;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary><c>keys new</c> and <c>keys show</c>.</summary>
internal static class KeysCommand
{
    public static Command Create(GlobalOptions options, Terminal terminal)
    {
        var curve = new Option<KeyCurve>("--curve") { Description = "p256, or secp256k1, whose owner can also publish in Swarm", DefaultValueFactory = _ => KeyCurve.P256 };
        var create = new TaughtCommand("new", "Make a key", """
              remotelog keys new                 the one used when none is named
              remotelog keys new --key work      another, for --key work
              remotelog keys new --curve secp256k1
            """) { curve };
        create.SetAction(options, terminal, (arguments, workplace, _) =>
        {
            using var key = PemFileKey.Create(workplace.KeyPath, arguments.GetValue(curve));
            terminal.Error.WriteLine($"Made {workplace.KeyPath}. Whoever has this file can write your logs; whoever has the name below can read them.");
            return Show(arguments.GetValue(options.Json), terminal, workplace, key);
        });

        var show = new TaughtCommand("show", "Print the owner's name of a key", """
              remotelog keys show
              remotelog cat "$(remotelog keys show)/notes"
            """);
        show.SetAction(options, terminal, (arguments, workplace, _) =>
        {
            using var key = workplace.OpenKey();
            return Show(arguments.GetValue(options.Json), terminal, workplace, key);
        });
        return new Command("keys", "Make and show the keys that own logs") { create, show };
    }

    private static Task<ExitCode> Show(bool json, Terminal terminal, Workplace workplace, PemFileKey key)
    {
        if (!json)
        {
            terminal.WriteLine(key.Owner.Name);
            return Task.FromResult(ExitCode.Ok);
        }
        JsonLine.Write(terminal.Output, writer =>
        {
            writer.WriteString("key", workplace.KeyName);
            writer.WriteString("owner", key.Owner.Name);
            writer.WriteString("file", workplace.KeyPath);
        });
        return Task.FromResult(ExitCode.Ok);
    }
}
