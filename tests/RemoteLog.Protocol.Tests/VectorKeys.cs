namespace RemoteLog.Protocol.Tests;

/// <summary>The key pairs that everything in the vectors is signed with.</summary>
internal static class VectorKeys
{
    private static readonly Dictionary<string, Key> All = VectorFile.Read<KeyFile>("keys").Keys;

    public static IEnumerable<string> Names => All.Values.Select(key => key.Name);

    public static IEnumerable<(string Name, string Pem)> Pems => All.Values.Select(key => (key.Name, key.TestOnlyPrivateKey));

    public static SigningKey Owner() => SigningKey.FromPem(All["owner"].TestOnlyPrivateKey);

    public static SigningKey Other() => SigningKey.FromPem(All["other"].TestOnlyPrivateKey);

    private sealed record KeyFile(Dictionary<string, Key> Keys);

    private sealed record Key(string Name, string TestOnlyPrivateKey);
}
