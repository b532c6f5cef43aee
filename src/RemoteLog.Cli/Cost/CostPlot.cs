using System.Text;

namespace RemoteLog.Cli;

/// <summary>The monthly bill by number of devices, both on logarithmic axes, as an SVG of its own.</summary>
internal static class CostPlot
{
    private const double Width = 860, Height = 520, Left = 80, Right = 250, Top = 56, Bottom = 64;
    private const int Points = 61, Decades = 4;

    private static readonly (string Name, Host Host, Store Store, Mode Mode, string Color, string Dash)[] Lines =
    [
        ("Functions, all embedded", Host.Functions, Store.Blob, Mode.AllEmbedded, "#0b5cad", ""),
        ("Functions, none embedded", Host.Functions, Store.Blob, Mode.NoneEmbedded, "#b3400f", ""),
        ("Functions, one entry a page", Host.Functions, Store.Blob, Mode.OneEntry, "#1e7a3c", ""),
        ("Containers, all embedded", Host.Containers, Store.Blob, Mode.AllEmbedded, "#0b5cad", "7 4"),
        ("Containers, none embedded", Host.Containers, Store.Blob, Mode.NoneEmbedded, "#b3400f", "7 4"),
        ("Containers, one entry a page", Host.Containers, Store.Blob, Mode.OneEntry, "#1e7a3c", "7 4"),
        ("Functions and Swarm", Host.Functions, Store.Swarm, Mode.AllEmbedded, "#6d3fa0", "2 3"),
        ("Functions, Blob and Swarm", Host.Functions, Store.Both, Mode.AllEmbedded, "#a07a1f", "2 3"),
    ];

    /// <summary>From a hundredth of the devices to a hundred times as many.</summary>
    public static string Draw(Profile profile)
    {
        var devices = Enumerable.Range(0, Points)
            .Select(i => Math.Max(1, profile.Devices / 100) * Math.Pow(10, (double)Decades * i / (Points - 1))).ToList();
        var lines = Lines.Select(line => (line, Dollars: devices
            .Select(count => Math.Max(0.01, Bill.Total(profile with { Devices = count, Host = line.Host, Store = line.Store, Mode = line.Mode }))).ToList())).ToList();
        var (lowest, highest) = (Math.Floor(Math.Log10(lines.Min(line => line.Dollars.Min()))), Math.Ceiling(Math.Log10(lines.Max(line => line.Dollars.Max()))));
        if (highest <= lowest) highest = lowest + 1;

        double X(double count) => Left + ((Math.Log10(count) - Math.Log10(devices[0])) / Decades * (Width - Left - Right));
        double Y(double dollars) => Height - Bottom - ((Math.Log10(dollars) - lowest) / (highest - lowest) * (Height - Top - Bottom));

        var svg = new StringBuilder();
        svg.AppendLine($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" role="img" font-family="sans-serif" font-size="13" fill="#222">""");
        svg.AppendLine("<title>What RemoteLog costs a month on Azure, by number of devices</title>");
        svg.AppendLine($"""<rect width="{Width}" height="{Height}" fill="#fff"/>""");
        svg.AppendLine($"""<text x="{Left}" y="24" font-size="16" font-weight="bold">What RemoteLog costs a month on Azure</text>""");
        svg.AppendLine($"""<text x="{Left}" y="43">{profile.Messages:#,0.##} messages of {profile.Bytes:#,0.##} bytes a day and device, {profile.Followers:#,0.##} readers a log, kept {profile.Retention:#,0.##} days; list prices</text>""");
        for (var decade = lowest; decade <= highest; decade++)
        {
            var y = Y(Math.Pow(10, decade));
            svg.AppendLine($"""<line x1="{Left}" y1="{y:0.#}" x2="{Width - Right}" y2="{y:0.#}" stroke="#ddd"/>""");
            svg.AppendLine($"""<text x="{Left - 8}" y="{y + 4:0.#}" text-anchor="end">${Math.Pow(10, decade):#,0.##}</text>""");
        }
        for (var decade = Math.Ceiling(Math.Log10(devices[0]) - 1e-9); decade <= Math.Log10(devices[^1]) + 1e-9; decade++)
        {
            var x = X(Math.Pow(10, decade));
            svg.AppendLine($"""<line x1="{x:0.#}" y1="{Top}" x2="{x:0.#}" y2="{Height - Bottom}" stroke="#ddd"/>""");
            svg.AppendLine($"""<text x="{x:0.#}" y="{Height - Bottom + 20}" text-anchor="middle">{Math.Pow(10, decade):#,0}</text>""");
        }
        svg.AppendLine($"""<rect x="{Left}" y="{Top}" width="{Width - Left - Right}" height="{Height - Top - Bottom}" fill="none" stroke="#888"/>""");
        svg.AppendLine($"""<text x="{(Left + Width - Right) / 2}" y="{Height - 18}" text-anchor="middle">devices</text>""");
        svg.AppendLine($"""<text x="20" y="{(Top + Height - Bottom) / 2}" text-anchor="middle" transform="rotate(-90 20 {(Top + Height - Bottom) / 2})">US dollars a month</text>""");
        for (var i = 0; i < lines.Count; i++)
        {
            var ((name, _, _, _, color, dash), dollars) = lines[i];
            var stroke = $"""stroke="{color}" stroke-width="2.2" stroke-dasharray="{(dash.Length == 0 ? "none" : dash)}" fill="none" """;
            svg.AppendLine($"""<polyline {stroke} points="{string.Join(' ', devices.Zip(dollars, (count, cost) => $"{X(count):0.#},{Y(cost):0.#}"))}"/>""");
            var y = Top + 16 + (i * 22);
            svg.AppendLine($"""<line x1="{Width - Right + 14}" y1="{y}" x2="{Width - Right + 46}" y2="{y}" {stroke}/>""");
            svg.AppendLine($"""<text x="{Width - Right + 54}" y="{y + 4}">{name}</text>""");
        }
        svg.AppendLine($"""<circle cx="{X(profile.Devices):0.#}" cy="{Y(Math.Max(0.01, Bill.Total(profile))):0.#}" r="4.5" fill="#222"><title>this profile</title></circle>""");
        svg.AppendLine("</svg>");
        return svg.ToString();
    }
}
