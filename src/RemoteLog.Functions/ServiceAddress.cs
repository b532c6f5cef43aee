using System.Globalization;
using System.Net;

namespace RemoteLog.Functions;

/// <summary>Where the service listens.</summary>
internal static class ServiceAddress
{
    /// <summary>Where it listens unless it is told otherwise.</summary>
    public const string Default = "http://127.0.0.1:7071";

    /// <summary>
    /// The Functions host's port wins over every other address: the container's own <c>ASPNETCORE_URLS</c> is inherited and wrong, and the host
    /// only ever calls 127.0.0.1. Otherwise <c>--urls</c>, then the settings, then port 7071 of this machine alone.
    /// </summary>
    /// <exception cref="InvalidSettingException">The host's port is no port.</exception>
    public static void Bind(WebApplicationBuilder builder)
    {
        if (FunctionsHost.HasStartedUs(builder.Configuration))
        {
            var text = builder.Configuration[FunctionsHost.PortVariable];
            if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                throw new InvalidSettingException($"{FunctionsHost.PortVariable} is '{text}', which is no port.");
            }

            // Set in place of the others, since an endpoint that merely wins over them does so with a warning at each start.
            builder.WebHost.UseUrls($"http://{IPAddress.Loopback}:{port}");
            foreach (var ports in (string[])["http_ports", "https_ports"]) builder.WebHost.UseSetting(ports, "");

            // An empty configuration silences the Kestrel section.
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Configure(new ConfigurationBuilder().Build()));
        }
        else if (builder.Configuration["urls"] is null or "" && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(Default);
        }
    }
}
