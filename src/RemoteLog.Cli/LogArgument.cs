using System.CommandLine;
using RemoteLog.Protocol;

namespace RemoteLog.Cli;

/// <summary>Arguments that name logs, checked before anything is done.</summary>
internal static class LogArgument
{
    /// <summary>Any log: TOPIC or OWNER/TOPIC.</summary>
    public static Argument<string> Create() => Checked("LOG", "TOPIC, or OWNER/TOPIC", name =>
        name.Contains('/') ? LogName.Parse(name).Topic : Topic.Parse(name));

    /// <summary>A log that is to be written, which can only be one's own.</summary>
    public static Argument<string> CreateOwn() => Checked("TOPIC", "Which log of yours", Topic.Parse);

    private static Argument<string> Checked(string name, string description, Func<string, Topic> parse)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            var text = result.Tokens[0].Value;
            try
            {
                parse(text);
            }
            catch (FormatException exception)
            {
                result.AddError(exception.Message);
                return;
            }

            // Topics may begin with a dash, but a mistyped option is by far more likely.
            if (text.StartsWith('-')) result.AddError($"There is no option {text} here.");
        });
        return argument;
    }
}
