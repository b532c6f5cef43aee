using System.Runtime.InteropServices;

namespace RemoteLog.Infra.Tests;

public sealed class ScriptTests
{
    /// <summary>Looked for once: where it cannot be fetched, that takes its time.</summary>
    private static readonly Lazy<Task<string?>> Shellcheck = new(FindAsync);

    public static TheoryData<string> Scripts => [.. Repository.Files("infra", "*.sh"), ".ci/run", "tests/RemoteLog.Infra.Tests/stand-in"];

    [Theory]
    [MemberData(nameof(Scripts))]
    public async Task Shellcheck_has_nothing_to_say(string script)
    {
        var shellcheck = await Shellcheck.Value;
        Assert.SkipWhen(shellcheck is null, "shellcheck is not installed and cannot be fetched with apt-get; install it to have the scripts checked.");

        var outcome = await Repository.RunAsync(shellcheck!, ["--external-sources", "--source-path=infra", script]);

        Assert.True(outcome.ExitCode == 0, outcome.Output + outcome.Error);
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Scripts_that_are_run_can_be(string script)
    {
        if (Path.GetFileName(script) == "common.sh" || !RuntimeInformation.IsOSPlatform(OSPlatform.Linux)) return;

        Assert.True(File.GetUnixFileMode(Repository.PathOf(script)).HasFlag(UnixFileMode.UserExecute), script);
    }

    /// <summary>From PATH, or from Debian's package, fetched once and unpacked without installing it.</summary>
    private static async Task<string?> FindAsync()
    {
        if (Repository.Program("shellcheck") is { } installed) return installed;
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "remotelog", "shellcheck");
        var program = Path.Combine(cache, "usr", "bin", "shellcheck");
        if (File.Exists(program)) return program;
        if (Repository.Program("apt-get") is null || Repository.Program("dpkg-deb") is null) return null;

        // Into a folder of its own, with lists of its own, since those of the machine may be absent; then moved, so that there is all of it or nothing.
        var script = """
            set -e
            mkdir -p "$(dirname "$1")"
            work=$(mktemp -d "$1.XXXXXX")
            trap 'rm -rf "$work"' EXIT
            cd "$work"
            mkdir -p lists/partial archives/partial out
            options="-o Dir::State::lists=$work/lists -o Dir::Cache=$work -o APT::Sandbox::User= -o Acquire::http::Timeout=20 -o Acquire::Retries=1"
            apt-get $options update
            apt-get $options download shellcheck
            dpkg-deb -x shellcheck*.deb out
            mv -T out "$1" || test -e "$1/usr/bin/shellcheck"
            """;
        var outcome = await Repository.RunAsync("bash", ["-c", script, "fetch", cache]);
        return outcome.ExitCode == 0 && File.Exists(program) ? program : null;
    }
}
