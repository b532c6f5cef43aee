using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RemoteLog.Cli.Tests;

/// <summary>Something that listens and answers as a test wants it, over TLS when given a certificate.</summary>
internal sealed class FakeService : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakeService(WebApplication app) => this.app = app;

    /// <summary>By the name localhost.</summary>
    public string Address => app.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    public static async Task<FakeService> StartAsync(Func<HttpContext, Task> answer, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        var service = new FakeService(builder.Build());
        service.app.Run(context => answer(context));
        await service.app.StartAsync();
        return service;
    }

    /// <summary>Answers as a service does that runs and is ready; everything else is for <paramref name="rest"/>.</summary>
    public static Func<HttpContext, Task> Healthy(string? version = null, Func<HttpContext, Task>? rest = null) => context =>
        context.Request.Path.Value is "/api/health/live" or "/api/health/ready"
            ? context.Response.WriteAsync($$"""{"status":"ok","version":"{{version ?? "0.1.0"}}"}""")
            : rest?.Invoke(context) ?? NotFoundAsync(context);

    public static Task ProblemAsync(HttpContext context, int status, string name)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.WriteAsync($$"""{"type":"urn:remotelog:problem:{{name}}","title":"So it is.","status":{{status}}}""");
    }

    /// <summary>Signed by nobody but itself.</summary>
    public static X509Certificate2 Certify(string name, DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(until.AddDays(-365), until);
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private static Task NotFoundAsync(HttpContext context) => ProblemAsync(context, StatusCodes.Status404NotFound, "not-found");
}
