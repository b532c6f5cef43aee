using System.IO.Compression;
using RemoteLog.Testing;

namespace RemoteLog.Infra.Tests;

/// <summary>What the package is checked for, on packages that are wrong in one way each.</summary>
public sealed class PackageTests : IDisposable
{
    private const int X64 = 62, Arm64 = 183;

    private readonly TemporaryFolder folder = new();

    private string Package => Path.Combine(folder.Path, "package.zip");

    private string Staging => Path.Combine(folder.Path, "staging");

    [Fact]
    public async Task The_package_keeps_the_execute_bit_of_what_the_host_starts_and_of_nothing_else()
    {
        Stage(Elf(X64));

        var packed = await BuildAsync("Pack");
        var checkedIt = await BuildAsync("Check");

        Assert.True(packed.ExitCode == 0, packed.Output);
        Assert.True(checkedIt.ExitCode == 0, checkedIt.Output);
        using var archive = ZipFile.OpenRead(Package);
        Assert.Equal("-rwxr-xr-x", Mode(archive, "RemoteLog.Functions"));
        Assert.Equal("-rw-r--r--", Mode(archive, "host.json"));
        Assert.Equal("-rw-r--r--", Mode(archive, "Seal/function.json"));
    }

    [Fact]
    public async Task A_package_for_another_machine_is_refused()
    {
        Stage(Elf(Arm64));
        await BuildAsync("Pack");

        await RefusedAsync("RemoteLog.Functions is made for ARM64");
    }

    [Fact]
    public async Task A_package_with_a_Windows_program_is_refused()
    {
        Stage([.. "MZ"u8, .. new byte[100]]);
        await BuildAsync("Pack");

        await RefusedAsync("is no Linux program");
    }

    [Fact]
    public async Task A_package_that_has_lost_the_execute_bit_is_refused()
    {
        Stage(Elf(X64));
        using (var archive = ZipFile.Open(Package, ZipArchiveMode.Create))
        {
            archive.CreateEntryFromFile(Path.Combine(Staging, "host.json"), "host.json");
            archive.CreateEntryFromFile(Path.Combine(Staging, "RemoteLog.Functions"), "RemoteLog.Functions").ExternalAttributes = unchecked((int)0x81A40000);
        }

        await RefusedAsync("has lost its execute bit");
    }

    [Fact]
    public async Task A_package_without_the_program_is_refused()
    {
        Stage(Elf(X64));
        File.Delete(Path.Combine(Staging, "RemoteLog.Functions"));
        await BuildAsync("Pack");

        await RefusedAsync("which is not in");
    }

    [Fact]
    public async Task What_is_no_package_at_all_is_refused()
    {
        await File.WriteAllTextAsync(Package, "not a zip file", TestContext.Current.CancellationToken);

        await RefusedAsync("cannot be read as a zip file");
    }

    public void Dispose() => folder.Dispose();

    private static byte[] Elf(byte machine)
    {
        var program = new byte[64];
        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(program, 0);
        (program[16], program[18]) = (3, machine);
        return program;
    }

    private static string Mode(ZipArchive archive, string entry)
    {
        var mode = (UnixFileMode)((archive.GetEntry(entry)!.ExternalAttributes >> 16) & 0x1FF);
        return "-" + string.Concat("rwxrwxrwx".Select((letter, i) => mode.HasFlag((UnixFileMode)(1 << (8 - i))) ? letter : '-'));
    }

    private void Stage(byte[] program)
    {
        Directory.CreateDirectory(Path.Combine(Staging, "Seal"));
        File.WriteAllBytes(Path.Combine(Staging, "RemoteLog.Functions"), program);
        File.Copy(Repository.PathOf("host.json"), Path.Combine(Staging, "host.json"));
        File.WriteAllText(Path.Combine(Staging, "Seal", "function.json"), "{}");
    }

    private async Task RefusedAsync(string words)
    {
        var outcome = await BuildAsync("Check");

        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(words, outcome.Output, StringComparison.Ordinal);
    }

    private Task<Outcome> BuildAsync(string target) => Repository.RunAsync(
        "dotnet", ["msbuild", "infra/package.proj", "-nologo", "-nodeReuse:false", $"-t:{target}", $"-p:Package={Package}", $"-p:Staging={Staging}"]);
}
