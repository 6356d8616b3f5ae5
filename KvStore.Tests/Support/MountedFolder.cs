using System.Diagnostics;

namespace KvStore.Tests.Support;

/// <summary>A file system of a test's own, so that it can be full, read-only or broken. Needs rights that many machines do not give.</summary>
internal sealed class MountedFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private MountedFolder(params string[] options)
    {
        var error = Run("mount", [.. options, _folder.Path]);
        if (error is not null)
        {
            _folder.Dispose();
            Skip.If(true, $"may not mount: {error}");
        }
    }

    public string Path => _folder.Path;

    /// <summary>In memory, of a size such as "64k"; skips the test where that may not be mounted.</summary>
    public static MountedFolder InMemory(string size) => new("-t", "tmpfs", "-o", $"size={size}", "tmpfs");

    /// <summary>ext4 in a file, which may promise more than the disk that has it can keep.</summary>
    public static MountedFolder Ext4(string image)
    {
        var error = Run("mkfs.ext4", ["-q", image]);
        Skip.If(error is not null, $"may not format: {error}");
        return new("-o", "loop", image);
    }

    /// <summary>From now on it cannot be written.</summary>
    public void MakeReadOnly() => Run("mount", ["-o", "remount,ro", Path]).Should().BeNull();

    public void Dispose()
    {
        // Lazily: what a test has left open must not keep it.
        _ = Run("umount", ["--lazy", Path]);
        _folder.Dispose();
    }

    private static string? Run(string program, params IEnumerable<string> arguments)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux");
        RequiredTool.SkipUnless(program);
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}
