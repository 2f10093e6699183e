using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OpsModule.Engine.Files;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Recovery;

/// <summary>
/// The private folder of a temporary server. Beside it lies an owner file, held open exclusively while the drill runs, so that the next
/// drill can tell what a killed one left (the lock dies with its process) and clear it away, server included.
/// </summary>
internal sealed partial class DrillFolder
{
    private const string Prefix = "ops-drill-";
    private const int Kill = 9;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly Account? _account;
    private readonly FileStream _owner;

    private DrillFolder(string path, Account? account, FileStream owner)
    {
        Path = path;
        _account = account;
        _owner = owner;
    }

    /// <summary>The folder; the server's socket lies here.</summary>
    public string Path { get; }

    /// <summary>The server's data.</summary>
    public string Data => System.IO.Path.Combine(Path, "data");

    /// <summary>The file that is held open while the drill runs.</summary>
    public string OwnerPath => OwnerFile(Path);

    // A socket's path must be short.
    private static string Root => System.IO.Path.GetTempPath() is { Length: < 50 } temp ? temp : "/tmp";

    private static string OwnerFile(string path) => path.TrimEnd('/') + ".owner";

    /// <summary>Makes a folder, after clearing away those whose process is gone.</summary>
    public static DrillFolder Create()
    {
        if (OperatingSystem.IsWindows())
            throw new OpsException("DrillUnsupported", OpsErrorCategory.InvalidOperation, "A drill's temporary server needs Unix sockets and accounts; this is Windows.", "Run the drill on Linux or in WSL.");
        foreach (string old in Directory.EnumerateFiles(Root, Prefix + "*.owner")) RemoveStale(old);
        string path = System.IO.Path.Combine(Root, Prefix + RandomNumberGenerator.GetHexString(8, lowercase: true));
        Account? account = Environment.UserName == "root" ? Account.Unprivileged() : null;
        FileStream owner = PrivateFile.Open(OwnerFile(path), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Directory.CreateDirectory(path, Private);
        if (account is not null && chown(path, account.Uid, account.Gid) != 0)
            throw new OpsException("DrillServerFailed", OpsErrorCategory.PermissionDenied, $"The folder {path} could not be given to {account.Name}.", "Run the drill as another user than root.", path);
        return new DrillFolder(path, account, owner);
    }

    /// <summary>A call of a server program: PostgreSQL refuses to run as root, so root hands it to another account.</summary>
    public ProgramCall Call(string program, params string[] arguments)
    {
        var environment = new Dictionary<string, string?> { ["LC_ALL"] = "C", ["PGDATA"] = null, ["PGPORT"] = null, ["PGHOST"] = null, ["PGUSER"] = null };
        ProgramCall call = _account is null
            ? new ProgramCall(program, arguments)
            : new ProgramCall("setpriv", ["--reuid=" + _account.Uid, "--regid=" + _account.Gid, "--clear-groups", program, .. arguments]);
        return call with { Environment = environment, WorkingDirectory = "/" };
    }

    /// <summary>Whether the drill of an owner file is gone; a file that is gone, too, was cleared away by another one.</summary>
    public static bool IsAbandoned(string ownerFile)
    {
        try
        {
            using FileStream? abandoned = PrivateFile.TryOpenExclusively(ownerFile, FileMode.Open);
            return abandoned is not null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return true; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
    }

    /// <summary>Deletes the folder and its owner file.</summary>
    public void Delete()
    {
        Delete(Path);
        _owner.Dispose();
    }

    private static void Delete(string path)
    {
        try { if (Directory.Exists(path)) Directory.Delete(path, recursive: true); }
        catch (IOException) { /* a last process may still be writing; the next drill clears it away */ return; }
        File.Delete(OwnerFile(path));
    }

    private static void RemoveStale(string ownerFile)
    {
        try
        {
            using FileStream? abandoned = PrivateFile.TryOpenExclusively(ownerFile, FileMode.Open);
            if (abandoned is null) return;
            string path = ownerFile[..^".owner".Length];
            StopServer(path);
            Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* another user's, or another drill is at it */ }
    }

    /// <summary>Ends the server of a folder: only a process whose command line names that very folder.</summary>
    private static void StopServer(string path)
    {
        string pidFile = System.IO.Path.Combine(path, "data", "postmaster.pid");
        if (!File.Exists(pidFile) || !int.TryParse(File.ReadLines(pidFile).FirstOrDefault(), out int id)) return;
        string commandLine = $"/proc/{id}/cmdline";
        if (!File.Exists(commandLine) || !File.ReadAllText(commandLine).Contains(path, StringComparison.Ordinal)) return;
        kill(id, Kill);
        for (int i = 0; i < 100 && File.Exists(commandLine); i++) Thread.Sleep(50);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chown(string path, uint owner, uint group);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    /// <summary>An account of this machine.</summary>
    private sealed record Account(string Name, uint Uid, uint Gid)
    {
        public static Account Unprivileged()
        {
            var all = File.ReadLines("/etc/passwd").Select(l => l.Split(':')).Where(p => p.Length > 3).ToDictionary(p => p[0], p => new Account(p[0], uint.Parse(p[2]), uint.Parse(p[3])));
            return all.GetValueOrDefault("postgres") ?? all.GetValueOrDefault("nobody") ?? new Account("nobody", 65534, 65534);
        }
    }
}
