using System.Security.Cryptography;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Secrets.EnvFiles.Changing;

/// <summary>
/// Bytes that a change needs and nobody else may read: a value that was handed in, a file as it was. They lie in the state folder, sealed
/// with its key, readable for their owner alone.
/// </summary>
internal sealed class SealedBytes(OpsContext context)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private readonly RevisionKey _key = RevisionKey.Of(context.Environment.StateDirectory);

    private string Folder => Path.Combine(context.Environment.StateDirectory, "secrets", "envfiles");

    /// <summary>A name that nothing has yet.</summary>
    public static string NewName() => Convert.ToHexString(RandomNumberGenerator.GetBytes(12)).ToLowerInvariant();

    /// <summary>Keeps bytes under a name; durable on return.</summary>
    public void Write(string name, byte[] bytes)
    {
        StateFolder.Prepare(context.Environment.StateDirectory, Folder);
        PrivateFile.CreateFolder(Folder);
        AtomicFile.Write(PathOf(name), _key.Seal(bytes, name));
    }

    /// <summary>The bytes.</summary>
    /// <exception cref="OpsException"><c>EnvFileKeptGone</c>.</exception>
    public byte[] Read(string name)
    {
        try
        {
            if (_key.Open(File.ReadAllBytes(PathOf(name)), name) is { } opened) return opened;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { /* as one that opens no more */ }
        throw EnvFileErrors.KeptGone.Make("What was kept for this change is not there any more: a later change of the file took its place, "
            + "or the state folder is another one.", "Set the value that you want: Set-OpsEnvFileValue.", name);
    }

    /// <summary>True when something is kept under a name.</summary>
    public bool Has(string name) => File.Exists(PathOf(name));

    /// <summary>Takes it away; that it is gone is no error.</summary>
    public void Remove(string name)
    {
        if (Has(name)) File.Delete(PathOf(name));
    }

    /// <summary>Takes away what was kept before of the same file: only the last change of it can be taken back.</summary>
    public void RemoveOthers(string beginning, string but)
    {
        foreach (string file in Directory.GetFiles(Folder, beginning + "*").Where(f => Path.GetFileName(f) != but)) File.Delete(file);
    }

    /// <summary>Takes away values of changes that never began, after a week; those of plans that lie in the state folder stay.</summary>
    public void Sweep()
    {
        if (!Directory.Exists(Folder)) return;
        DateTime before = context.Time.GetUtcNow().UtcDateTime - Longest;
        string plans = Path.Combine(context.Environment.StateDirectory, "changes");
        string[] open = Directory.Exists(plans) ? [.. Directory.GetFiles(plans).Select(File.ReadAllText)] : [];
        foreach (string file in Directory.GetFiles(Folder, "value-*").Where(f => File.GetLastWriteTimeUtc(f) < before))
            if (!open.Any(p => p.Contains(Path.GetFileName(file), StringComparison.Ordinal))) File.Delete(file);
    }

    private string PathOf(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && name.Length is > 0 and < 100
        ? Path.Combine(Folder, name) : throw new FormatException($"'{name}' is no name of what was kept.");
}
