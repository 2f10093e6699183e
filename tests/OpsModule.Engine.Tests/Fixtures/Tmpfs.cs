using System.Diagnostics;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>A small file system in memory, to be filled up or made read-only. Needs root.</summary>
public sealed class Tmpfs : IDisposable
{
    private readonly TempFolder _folder = new();

    public Tmpfs(int mebibytes) => Run("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m,mode=700", "tmpfs", Path);

    public string Path => _folder.Path;

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", Path);

    public void Dispose()
    {
        Run("umount", Path);
        _folder.Dispose();
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error}");
    }
}
