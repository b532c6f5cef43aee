using static RemoteLog.Client.Tests.Reads;

namespace RemoteLog.Client.Tests;

public sealed class PemFileKeyTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => Path.Combine(folder.Path, "keys", "default.pem");

    [Fact]
    public async Task A_key_signs_the_same_after_it_was_loaded_again()
    {
        using var created = PemFileKey.Create(File);
        using var loaded = PemFileKey.Load(File);

        var signature = await loaded.SignAsync("text"u8.ToArray(), Ct);

        Assert.Equal(created.Owner, loaded.Owner);
        Assert.True(created.Owner.Verify("text"u8, signature));
    }

    [Fact]
    public void A_key_is_never_overwritten()
    {
        PemFileKey.Create(File).Dispose();
        var before = System.IO.File.ReadAllText(File);

        var fault = Assert.Throws<KeyFileException>(() => PemFileKey.Create(File));

        Assert.Contains("already", fault.Message);
        Assert.Equal(before, System.IO.File.ReadAllText(File));
    }

    [Fact]
    public void Nobody_else_may_read_a_key()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file mode.");
            return;
        }
        PemFileKey.Create(File).Dispose();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
    }

    [Fact]
    public void A_missing_key_is_called_missing() =>
        Assert.Equal($"There is no key at {File}.", Assert.Throws<KeyFileException>(() => PemFileKey.Load(File)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    public void A_file_that_is_no_key_is_called_so(string text)
    {
        var path = Path.Combine(folder.Path, "some.pem");
        System.IO.File.WriteAllText(path, text);

        Assert.Contains("does not hold a private key", Assert.Throws<KeyFileException>(() => PemFileKey.Load(path)).Message);
    }

    public void Dispose() => folder.Dispose();
}
