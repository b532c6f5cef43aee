using System.ComponentModel.DataAnnotations;

namespace RemoteLog.Functions;

/// <summary>Settings come from <c>appsettings.json</c>, environment variables (<c>Pages__Entries</c>) and the command line (<c>--Pages:Entries</c>).</summary>
internal static class Settings
{
    /// <summary>What any other source of settings overrides. The framework does not tell of each request, whose URL may carry a function key.</summary>
    public static readonly IReadOnlyDictionary<string, string?> Defaults = new Dictionary<string, string?>
    {
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",

        // What keeps the service from starting is said once, by Program, in one line.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
    };

    /// <summary>A section of the settings, checked before anything starts.</summary>
    /// <exception cref="InvalidSettingException">A value is not of its type, or out of its range.</exception>
    public static T Read<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        T options;
        try
        {
            options = configuration.GetSection(section).Get<T>() ?? new T();
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidSettingException($"Settings '{section}': {exception.Message}", exception);
        }

        List<ValidationResult> faults = [];
        if (!Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true))
        {
            throw new InvalidSettingException($"Settings '{section}': {string.Join(' ', faults.Select(fault => fault.ErrorMessage))}");
        }
        return options;
    }
}
