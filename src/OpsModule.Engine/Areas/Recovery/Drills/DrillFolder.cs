using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Recovery.Drills;

/// <summary>
/// The private folder of one drill, below the environment's state folder, where nobody else can put anything. Beside it lies an owner file,
/// held open exclusively while the drill runs, so that the next drill can tell what a killed one left (the lock dies with its process) and
/// clear it away, server included.
/// </summary>
internal sealed partial class DrillFolder : IDisposable
{
    /// <summary>Where root's drills work when there is no sandbox: the server's account must be able to get there.</summary>
    public const string Shared = "/var/lib/ops-drill";

    private const string Prefix = "ops-drill-", OwnerSuffix = ".owner";
    private const int LongestSocket = 107, OpenForPath = 0x200000, CloseOnExec = 0x80000;
    private const uint Private = 0x1C0, Passable = 0x1C9;

    private readonly FileStream _owner;
    private int _handle = -1;

    private DrillFolder(string path, DrillAccount? account, FileStream owner)
    {
        Path = path;
        Account = account;
        _owner = owner;
    }

    /// <summary>The folder; it belongs to us.</summary>
    public string Path { get; }

    /// <summary>Who the server runs as; null for ourselves.</summary>
    public DrillAccount? Account { get; }

    /// <summary>What is the server's in it; the socket lies here.</summary>
    public string Work => System.IO.Path.Combine(Path, "w");

    /// <summary>Where a sandbox puts its file system together.</summary>
    public string Mount => System.IO.Path.Combine(Path, "root");

    /// <summary>The file that is held open while the drill runs.</summary>
    public string OwnerPath => Path + OwnerSuffix;

    /// <summary>The folder of the socket as a client is told; by way of an open handle where its path is too long for a socket.</summary>
    public string SocketFolder
    {
        get
        {
            if (Encoding.UTF8.GetByteCount(Work) + "/.s.PGSQL.5432".Length <= LongestSocket) return Work;
            if (_handle < 0) _handle = open(Work, OpenForPath | CloseOnExec);
            return $"/proc/{Environment.ProcessId}/fd/{_handle}";
        }
    }

    /// <summary>Where the drills of an environment work.</summary>
    /// <exception cref="OpsException"><c>StateNotTrusted</c>: others could exchange the folder while we work in it.</exception>
    public static string Base(OpsContext context)
    {
        StateFolder.Prepare(context.Environment.StateDirectory, null);
        return System.IO.Path.Combine(context.Environment.StateDirectory, "drills");
    }

    /// <summary>Makes a folder, after clearing away those whose process is gone.</summary>
    /// <param name="root">Where: <see cref="Base"/> or <see cref="Shared"/>.</param>
    /// <param name="account">Who is to work in it; null for ourselves.</param>
    /// <exception cref="OpsException"><c>DrillUnsupported</c>, <c>DrillServerFailed</c>, <c>DrillFolderNotOurs</c>.</exception>
    public static DrillFolder Create(string root, DrillAccount? account)
    {
        if (OperatingSystem.IsWindows())
            throw new OpsException("DrillUnsupported", OpsErrorCategory.InvalidOperation, "A drill's temporary server needs Unix sockets and accounts; this is Windows.", "Run the drill on Linux or in WSL.");
        uint mode = root == Shared ? Passable : Private;
        RequireRoot(root, mode);
        foreach (string old in Directory.GetFiles(root, Prefix + "*" + OwnerSuffix)) RemoveStale(old);
        string path = System.IO.Path.Combine(root, Prefix + RandomNumberGenerator.GetHexString(16, lowercase: true));
        var folder = new DrillFolder(path, account, PrivateFile.Open(path + OwnerSuffix, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
        try
        {
            Make(path, mode);
            Make(folder.Mount, Private);
            Make(folder.Work, Private);
            if (account is not null && lchown(folder.Work, account.Uid, account.Gid) != 0) throw Failed($"The folder {folder.Work} could not be given to {account.Name} (uid {account.Uid}).", path);
            return folder;
        }
        catch
        {
            folder.Delete();
            throw;
        }
    }

    /// <summary>Writes a file that the server's account may read.</summary>
    public void Write(string name, string text)
    {
        string file = System.IO.Path.Combine(Work, name);
        using (FileStream stream = PrivateFile.Open(file, FileMode.CreateNew, FileAccess.Write, FileShare.None)) stream.Write(Encoding.UTF8.GetBytes(text));
        if (Account is not null && lchown(file, Account.Uid, Account.Gid) != 0) throw Failed($"The file {file} could not be given to {Account.Name}.", file);
    }

    /// <summary>Notes which process is the server's, for the drill that may have to end it.</summary>
    public void Remember(int process)
    {
        _owner.SetLength(0);
        _owner.Write(Encoding.ASCII.GetBytes(DrillProcess.Describe(process)));
        _owner.Flush();
    }

    /// <summary>
    /// Whether the drill of an owner file, of whatever environment, is gone; a file that is gone, too, was cleared away by another one. What is
    /// no owner file of ours by its name, kind and owner is never opened.
    /// </summary>
    public static bool IsAbandoned(string ownerFile)
    {
        if (!OwnerName().IsMatch(ownerFile) || System.IO.Path.GetFullPath(ownerFile) != ownerFile) return false;
        if (FileFacts.Of(ownerFile) is not { } facts) return !File.Exists(ownerFile);
        if (!facts.IsFile || facts.Owner != FileFacts.Self) return false;
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
        Dispose();
        // When something is left, because a last process is still writing, the owner file stays and the next drill clears it away.
        if (FolderTree.TryDelete(Path)) File.Delete(OwnerPath);
        _owner.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_handle >= 0) _ = close(_handle);
        _handle = -1;
    }

    private static void RemoveStale(string ownerFile)
    {
        if (FileFacts.Of(ownerFile) is not { IsFile: true } facts || facts.Owner != FileFacts.Self) return;
        try
        {
            using FileStream? abandoned = PrivateFile.TryOpenExclusively(ownerFile, FileMode.Open);
            if (abandoned is null) return;
            string path = ownerFile[..^OwnerSuffix.Length];
            using (var reader = new StreamReader(abandoned, leaveOpen: true)) DrillProcess.End(reader.ReadToEnd(), System.IO.Path.Combine(path, "w"));
            // A link or another's folder in its place is none of ours.
            bool gone = FileFacts.Of(path) is not { } folder || (folder.IsFolder && folder.Owner == FileFacts.Self && FolderTree.TryDelete(path));
            if (gone) File.Delete(ownerFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* another drill is at it */ }
    }

    /// <summary>The folder above all drills must be ours and nobody else's: then nothing in it can have been put there by others.</summary>
    private static void RequireRoot(string root, uint mode)
    {
        PrivateFile.CreateFolder(System.IO.Path.GetDirectoryName(root)!);
        if (mkdir(root, mode) == 0) _ = chmod(root, mode);
        if (FileFacts.Of(root) is { } facts ? !facts.IsFolder || facts.Owner != FileFacts.Self || facts.GroupMayWrite || facts.OthersMayWrite : !Directory.Exists(root))
            throw new OpsException("DrillFolderNotOurs", OpsErrorCategory.PermissionDenied, $"Drills work in {root}, but that is no folder that belongs to {Environment.UserName} and that only {Environment.UserName} may write to.",
                "Find out who made it, remove it, then run the command again.", root);
    }

    private static void Make(string path, uint mode)
    {
        if (mkdir(path, mode) != 0 || chmod(path, mode) != 0) throw Failed($"The folder {path} could not be made (error {Marshal.GetLastPInvokeError().ToString(CultureInfo.InvariantCulture)}).", path);
    }

    private static OpsException Failed(string message, string target) => new("DrillServerFailed", OpsErrorCategory.PermissionDenied, message, "Run the drill as another user than root, or with a state folder on a local disk.", target);

    [GeneratedRegex(@"^/(?:.+/)?ops-drill-[0-9a-f]+\.owner\z")]
    private static partial Regex OwnerName();

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int mkdir(string path, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int chmod(string path, uint mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lchown(string path, uint owner, uint group);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int close(int handle);
}
