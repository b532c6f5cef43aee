using System.Net;
using RemoteLog.Push.Emulators;
using RemoteLog.Server.Wake;

namespace RemoteLog.Push.Tests;

/// <summary>Where a name leads is looked at when a connection is made, whatever was registered.</summary>
public sealed class GuardTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.255.255.255")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.129.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.0.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:168.63.129.16")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:1ff::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("3fff::1")]
    [InlineData("4000::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456:789a::1")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public async Task A_name_that_leads_behind_the_walls_is_not_connected_to(string address)
    {
        await using var push = await TestPush.StartAsync();
        push.Network.Addresses = (_, _) => [IPAddress.Parse(address)];

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe()));
        Assert.Empty(push.Network.Connections);
    }

    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.1")]
    [InlineData("168.63.129.15")]
    [InlineData("168.63.129.17")]
    [InlineData("169.253.255.255")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2001:200::1")]
    [InlineData("2001:db7::1")]
    [InlineData("2003::1")]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946")]
    [InlineData("::ffff:93.184.216.34")]
    public async Task A_public_address_is_connected_to(string address)
    {
        await using var push = await TestPush.StartAsync();
        push.Network.Addresses = (_, _) => [IPAddress.Parse(address)];

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
        Assert.Equal([IPAddress.Parse(address)], Assert.Single(push.Network.Connections));
    }

    [Fact]
    public async Task One_forbidden_address_among_public_ones_forbids_the_name()
    {
        await using var push = await TestPush.StartAsync();
        push.Network.Addresses = (_, _) => [EmulatedNetwork.Public, IPAddress.Parse("10.0.0.1")];

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe()));
        Assert.Empty(push.Network.Connections);
    }

    [Fact]
    public async Task A_name_without_addresses_is_not_connected_to()
    {
        await using var push = await TestPush.StartAsync();
        push.Network.Addresses = (_, _) => [];

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe()));
        Assert.Empty(push.Network.Connections);
    }

    [Fact]
    public async Task A_name_is_looked_up_once_and_the_connection_goes_to_what_was_checked()
    {
        await using var push = await TestPush.StartAsync();
        push.Network.Addresses = (_, earlier) => [earlier == 0 ? EmulatedNetwork.Public : IPAddress.Loopback];

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));

        Assert.Equal(1, push.Network.Lookups);
        Assert.Equal([EmulatedNetwork.Public], Assert.Single(push.Network.Connections));
    }

    [Fact]
    public async Task A_name_that_turns_private_is_not_connected_to_again()
    {
        await using var push = await TestPush.StartAsync();
        push.Network.Addresses = (_, earlier) => [earlier == 0 ? EmulatedNetwork.Public : IPAddress.Loopback];
        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe()));
        push.Reopen(new PushOptions());

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe()));
        Assert.Equal(2, push.Network.Lookups);
        Assert.Single(push.Network.Connections);
    }

    [Theory]
    [InlineData(PushChannel.UnifiedPush)]
    [InlineData(PushChannel.Webhook)]
    public async Task A_redirect_is_not_followed(PushChannel channel)
    {
        await using var push = await TestPush.StartAsync();
        var (subscriber, elsewhere) = (push.Subscribe(), push.Subscribe("a.push.example"));
        subscriber.Script.Enqueue(new ScriptedAnswer(307) { Location = elsewhere.Endpoint });

        var outcome = await push.SendAsync(TestPush.Target(subscriber, channel) with { Secret = channel == PushChannel.Webhook ? new byte[24] : subscriber.Keys.Secret });

        Assert.IsType<PushOutcome.Strike>(outcome);
        Assert.Equal(1, push.Web.Requests);
        Assert.Single(push.Network.Connections);
    }

    [Theory]
    [InlineData("http://push.example/x")]
    [InlineData("https://127.0.0.1/x")]
    [InlineData("https://push.example:8443/x")]
    [InlineData("not a url")]
    public async Task An_endpoint_stored_before_the_rules_is_not_called(string endpoint)
    {
        await using var push = await TestPush.StartAsync();
        var target = TestPush.Target(push.Subscribe()) with { Endpoint = endpoint };

        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(target));
        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(target with { Channel = PushChannel.Webhook, Secret = new byte[24] }));
        Assert.Equal(0, push.Network.Lookups);
        Assert.Empty(push.Network.Connections);
    }

    [Fact]
    public async Task A_self_hoster_s_private_service_is_called_when_its_range_is_listed()
    {
        await using var push = await TestPush.StartAsync(options => options with { Endpoints = new EndpointOptions { Mode = EndpointMode.Listed, Hosts = "push.lan 192.168.0.0/16" } });
        push.Network.Addresses = (_, _) => [IPAddress.Parse("192.168.1.5")];

        Assert.IsType<PushOutcome.Accepted>(await push.SendAsync(push.Subscribe("push.lan")));
        push.Network.Addresses = (_, _) => [IPAddress.Parse("10.0.0.1")];
        push.Reopen(new PushOptions { Endpoints = new EndpointOptions { Mode = EndpointMode.Listed, Hosts = "push.lan 192.168.0.0/16" } });
        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe("push.lan")));
    }

    [Fact]
    public async Task Of_a_long_answer_no_more_than_4_KiB_is_looked_at()
    {
        await using var push = await TestPush.StartAsync();
        var answer = new string(' ', 4096) + "UnauthorizedRegistration" + new string(' ', 1 << 20);

        Assert.IsType<PushOutcome.OurBug>(await push.SendAsync(push.Subscribe(), new ScriptedAnswer(400, answer)));
        Assert.IsType<PushOutcome.Strike>(await push.SendAsync(push.Subscribe(), new ScriptedAnswer(400, answer[1000..])));
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_refused()
    {
        await using var push = await TestPush.StartAsync();
        push.Network.Lead("evil.example", push.Web.Port);

        Assert.IsType<PushOutcome.RetryAfter>(await push.SendAsync(push.Subscribe("evil.example")));
        Assert.Equal(0, push.Web.Requests);
    }

    [Fact]
    public void No_setting_reaches_how_connections_are_made()
    {
        var names = new[] { typeof(PushOptions), typeof(VapidOptions), typeof(EndpointOptions), typeof(HttpOptions), typeof(HostOptions), typeof(ApnsOptions), typeof(FcmOptions) }
            .SelectMany(type => type.GetProperties()).Where(property => property.CanWrite).ToList();

        Assert.DoesNotContain(names, property => property.PropertyType == typeof(PushTransport) || typeof(Delegate).IsAssignableFrom(property.PropertyType) || property.PropertyType == typeof(Uri));
    }
}
