using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace RemoteLog.Cli;

/// <summary>Whether devices will accept the server's certificate, today and for some weeks.</summary>
internal sealed class TlsCheck(Uri server, TimeProvider time)
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(21);

    public async Task<Finding> LookAsync(CancellationToken cancellationToken)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server.IdnHost, server.Port, cancellationToken);
        var (errors, flaws) = (SslPolicyErrors.None, "");

        // Whatever is wrong is taken, to be told; nothing is sent over this connection.
        await using var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, _, chain, found) =>
        {
            errors = found;
            flaws = string.Join(", ", chain?.ChainStatus.Select(each => each.Status).Distinct() ?? []);
            return true;
        });
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = server.IdnHost }, cancellationToken);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return Finding.Failed($"No TLS there: {exception.Message}", "Check whether that port speaks https, and which versions of TLS it allows.");
        }
        using var certificate = new X509Certificate2(tls.RemoteCertificate!);
        return Judge(certificate, errors, flaws, tls.SslProtocol);
    }

    private Finding Judge(X509Certificate2 certificate, SslPolicyErrors errors, string flaws, SslProtocols protocol)
    {
        var (now, from, until) = (time.GetUtcNow(), certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        if (now.UtcDateTime > until) return Finding.Failed($"The certificate expired at {until:yyyy-MM-dd HH:mm}Z.", "Renew it, and find out why that did not happen by itself.");
        if (now.UtcDateTime < from) return Finding.Failed($"The certificate is valid from {from:yyyy-MM-dd HH:mm}Z only.", "Check the clock of this machine, or wait.");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return Finding.Failed(
                $"The certificate is for {certificate.GetNameInfo(X509NameType.DnsName, forIssuer: false)} and not for {server.IdnHost}.",
                "Use the name that the certificate is for, or give the server one for this name.");
        }
        if (errors != SslPolicyErrors.None)
        {
            return Finding.Failed(
                $"The certificate is not trusted here: {flaws}.", "Give the server one of a public authority, with its intermediate certificates, or trust its own here.");
        }
        var detail = $"{protocol}, certificate valid until {until:yyyy-MM-dd}.";
        return until - now.UtcDateTime < Soon
            ? Finding.Warning(detail, "See to it that it is renewed: devices refuse an expired one.")
            : Finding.Ok(detail);
    }
}
