using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;
using RemoteLog.Testing;

namespace RemoteLog.Push.Tests;

public sealed class PushOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(FaultsOf(new PushOptions()));

    [Fact]
    public void A_section_out_of_its_range_is_found_with_the_whole()
    {
        Assert.Single(FaultsOf(new PushOptions { Hosts = new HostOptions { InFlight = 0 } }));
        Assert.Single(FaultsOf(new PushOptions { Http = new HttpOptions { ConnectSeconds = 0 } }));
        Assert.Single(FaultsOf(new PushOptions { Apns = new ApnsOptions { InFlight = 0 } }));
        Assert.Single(FaultsOf(new PushOptions { Fcm = new FcmOptions { PerSecond = 0 } }));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("mailto:operator@example.org", true)]
    [InlineData("https://example.org/contact", true)]
    [InlineData("mailto:operator@localhost", false)]
    [InlineData("operator@example.org", false)]
    [InlineData("http://example.org", false)]
    [InlineData("https://localhost", false)]
    public void A_contact_must_be_one_that_services_take(string subject, bool isValid) =>
        Assert.Equal(isValid, FaultsOf(new PushOptions { Vapid = new VapidOptions { Subject = subject } }).Count == 0);

    [Fact]
    public void Without_a_contact_operators_are_told()
    {
        using var folder = new TemporaryFolder();
        var log = new RecordingLogger();

        using var services = PushServices.Open(new PushOptions(), folder.Path, log, TimeProvider.System);

        Assert.Contains(log.Entries, entry => entry.Level == LogLevel.Warning && entry.Text.Contains("Push:Vapid:Subject", StringComparison.Ordinal));
    }

    private static List<ValidationResult> FaultsOf(PushOptions options)
    {
        List<ValidationResult> faults = [];
        Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true);
        return faults;
    }
}
