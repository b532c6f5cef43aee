using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Tests;

public sealed class EndpointRulesTests
{
    private static readonly PushChannel[] ByUrl = [PushChannel.WebPush, PushChannel.UnifiedPush, PushChannel.Webhook];

    [Theory]
    [InlineData("https://push.example/")]
    [InlineData("https://push.example:443/up?token=1&x=%20y")]
    [InlineData("https://PUSH.Example./path")]
    [InlineData("https://xn--bcher-kva.example/x")]
    [InlineData("https://user.example/a@b")]
    [InlineData("https://fcm.googleapis.com.evil.example/")]
    public void A_public_host_is_taken(string endpoint) => Assert.All(ByUrl, channel => Assert.Null(new EndpointRules(new EndpointOptions()).Check(channel, endpoint)));

    [Theory]
    [InlineData("http://127.0.0.1:7080/up")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://push.example:8443/")]
    [InlineData("https://intranet/")]
    public void What_only_an_operator_can_allow_is_refused_with_the_settings_that_do(string endpoint) =>
        Assert.Contains("Push:Endpoints:Mode Listed and Push:Endpoints:Hosts", new EndpointRules(new EndpointOptions()).Check(PushChannel.UnifiedPush, endpoint));

    [Fact]
    public void A_host_that_is_not_listed_is_refused_with_the_setting_that_lists_it() => Assert.Contains(
        "Push:Endpoints:Hosts",
        new EndpointRules(new EndpointOptions { Mode = EndpointMode.Listed, Hosts = "http://127.0.0.1:1" }).Check(PushChannel.UnifiedPush, "http://127.0.0.1:2/"));

    [Theory]
    [InlineData("")]
    [InlineData("push.example")]
    [InlineData("/push")]
    [InlineData("https://")]
    [InlineData("http://push.example/")]
    [InlineData("ftp://push.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://push.example:8443/")]
    [InlineData("https://push.example:80/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://93.184.216.34/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.1/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:169.254.169.254]/")]
    [InlineData("https://[64:ff9b::a9fe:a9fe]/")]
    [InlineData("https://[2606:2800:220:1:248:1893:25c8:1946]/")]
    [InlineData("https://localhost/")]
    [InlineData("https://localhost./")]
    [InlineData("https://x.localhost/")]
    [InlineData("https://metadata.internal/")]
    [InlineData("https://printer.local/")]
    [InlineData("https://nas.home.arpa/")]
    [InlineData("https://intranet/")]
    [InlineData("https://.example/")]
    [InlineData("https://push..example/")]
    [InlineData("https://１２７.０.０.１/")]
    [InlineData("https://１２７。０。０。１/")]
    [InlineData("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/")]
    [InlineData("https://bücher.example/")]
    [InlineData("https://push。example/")]
    [InlineData("https://%31%32%37.0.0.1/")]
    [InlineData("https://push%2eexample/")]
    [InlineData("https://user@push.example/")]
    [InlineData("https://user:secret@push.example/")]
    [InlineData("https://@push.example/")]
    [InlineData("https://fcm.googleapis.com@evil.example/")]
    [InlineData("https://push.example/#x")]
    [InlineData("https://push.example/#")]
    [InlineData("https://push.example\\@evil.example/")]
    [InlineData("https://push.example/a b")]
    [InlineData(" https://push.example/")]
    [InlineData("https://push.example/\n")]
    [InlineData("https://push.example/\0")]
    public void What_could_lead_elsewhere_is_not_taken(string endpoint) =>
        Assert.All(Enum.GetValues<EndpointMode>(), mode => Assert.All(ByUrl, channel => Assert.NotNull(new EndpointRules(new EndpointOptions { Mode = mode }).Check(channel, endpoint))));

    [Fact]
    public void An_endpoint_has_a_thousand_bytes_at_most()
    {
        var rules = new EndpointRules(new EndpointOptions());
        var longest = "https://push.example/" + new string('x', 1000 - 21);

        Assert.Null(rules.Check(PushChannel.WebPush, longest));
        Assert.NotNull(rules.Check(PushChannel.WebPush, longest + "x"));
        Assert.NotNull(rules.Check(PushChannel.WebPush, "https://push.example/" + new string('ü', 500)));
    }

    [Theory]
    [InlineData("https://fcm.googleapis.com/fcm/send/x", true)]
    [InlineData("https://FCM.googleapis.com./x", true)]
    [InlineData("https://updates.push.services.mozilla.com/wpush/v2/x", true)]
    [InlineData("https://eu.push.services.mozilla.com/x", true)]
    [InlineData("https://web.push.apple.com/x", true)]
    [InlineData("https://wns2-db5p.notify.windows.com/w/?token=x", true)]
    [InlineData("https://fcm.googleapis.com.evil.example/", false)]
    [InlineData("https://evilfcm.googleapis.com/", false)]
    [InlineData("https://evilpush.apple.com/", false)]
    [InlineData("https://x.fcm.googleapis.com/", false)]
    [InlineData("https://push.services.mozilla.com/", false)]
    [InlineData("https://evil.example/x.google.com/", false)]
    [InlineData("https://evil.example/fcm.googleapis.com", false)]
    [InlineData("https://evil.example/?fcm.googleapis.com", false)]
    [InlineData("https://push.example/", false)]
    public void Of_the_browsers_only_known_services_are_taken(string endpoint, bool isTaken) =>
        Assert.Equal(isTaken, new EndpointRules(new EndpointOptions { Mode = EndpointMode.Browsers }).Check(PushChannel.WebPush, endpoint) is null);

    [Theory]
    [InlineData("https://push.example/x", true)]
    [InlineData("https://a.push.lan:8443/x", true)]
    [InlineData("http://ntfy.lan:8080/x", true)]
    [InlineData("https://192.168.1.5/x", true)]
    [InlineData("https://other.example/x", false)]
    [InlineData("http://push.example/x", false)]
    [InlineData("https://push.example:8443/x", false)]
    [InlineData("https://push.lan:8443/x", false)]
    [InlineData("https://a.push.lan/x", false)]
    [InlineData("https://ntfy.lan:8080/x", false)]
    [InlineData("http://ntfy.lan/x", false)]
    [InlineData("https://192.168.1.6/x", false)]
    public void Of_a_list_only_what_is_on_it_is_taken(string endpoint, bool isTaken)
    {
        var rules = new EndpointRules(new EndpointOptions { Mode = EndpointMode.Listed, Hosts = "push.example, *.push.lan:8443 http://ntfy.lan:8080,192.168.1.5 10.0.0.0/8" });

        Assert.Equal(isTaken, rules.Check(PushChannel.UnifiedPush, endpoint) is null);
    }

    [Theory]
    [InlineData("push.example/path")]
    [InlineData("a@b")]
    [InlineData("*")]
    [InlineData("push.*.example")]
    [InlineData("10.0.0.0/33")]
    public void A_list_with_what_is_no_host_is_refused(string hosts) =>
        Assert.Throws<ArgumentException>(() => new EndpointRules(new EndpointOptions { Mode = EndpointMode.Listed, Hosts = hosts }));

    [Theory]
    [InlineData(PushChannel.Apns, "00ff", true)]
    [InlineData(PushChannel.ApnsAlert, "80740000000000000000000000000000000000000000000000000000000000ab80", true)]
    [InlineData(PushChannel.Apns, "", false)]
    [InlineData(PushChannel.Apns, "00f", false)]
    [InlineData(PushChannel.Apns, "../../3/device/00", false)]
    [InlineData(PushChannel.Apns, "00fg", false)]
    [InlineData(PushChannel.Fcm, "dQw4w9WgXcQ:APA91bE-_x", true)]
    [InlineData(PushChannel.FcmHigh, "c8Xq0WmQT0yVb1234567aB", true)]
    [InlineData(PushChannel.Fcm, "", false)]
    [InlineData(PushChannel.Fcm, "abc\",\"topic\":\"x", false)]
    [InlineData((PushChannel)99, "x", false)]
    public void A_device_s_token_is_taken_when_it_can_be_one(PushChannel channel, string token, bool isTaken) =>
        Assert.Equal(isTaken, new EndpointRules(new EndpointOptions()).Check(channel, token) is null);
}
