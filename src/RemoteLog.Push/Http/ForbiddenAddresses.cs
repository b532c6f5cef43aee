using System.Net;
using System.Net.Sockets;

namespace RemoteLog.Push.Http;

/// <summary>Addresses that are not out on the internet, or stand for such: whoever could make this service call them would see behind its walls.</summary>
internal static class ForbiddenAddresses
{
    private static readonly IPNetwork[] V4 =
    [
        .. Ranges("0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16"),

        // Protocols, documentation, 6to4's relays, benchmarks, multicast, and what is reserved.
        .. Ranges("192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"),

        // Azure's own channel to its machines, though it looks public.
        .. Ranges("168.63.129.16/32"),
    ];

    private static readonly IPNetwork[] V6 =
    [
        // All but 2000::/3: this machine, private, link-local, multicast, and the ranges that NAT64 and others fill with IPv4 addresses.
        .. Ranges("::/3 4000::/2 8000::/1"),

        // Within it: Teredo and other protocols, documentation, 6to4.
        .. Ranges("2001::/23 2001:db8::/32 2002::/16 3fff::/20"),
    ];

    public static bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return Array.Exists(address.AddressFamily == AddressFamily.InterNetwork ? V4 : V6, range => range.Contains(address));
    }

    private static IPNetwork[] Ranges(string text) => [.. text.Split(' ').Select(range => IPNetwork.Parse(range))];
}
