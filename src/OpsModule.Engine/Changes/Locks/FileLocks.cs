using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Locks;

/// <summary>Locks as files held open exclusively; the operating system releases them when the process ends.</summary>
/// <remarks>A lock file is removed while it is still held; a run that has opened it meanwhile sees that, and makes a new one.</remarks>
public sealed class FileLocks(string stateDirectory, TimeProvider time) : ILockProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    // The lock of those who only read a target, so that one of them is at work at a time.
    private const string Reading = "#reading";

    private string Folder => Path.Combine(stateDirectory, "locks");

    /// <inheritdoc/>
    /// <exception cref="OpsException"><c>TargetLocked</c>, <c>LockUnwritable</c>, <c>StateNotTrusted</c>.</exception>
    /// <remarks>What the target is a part of is held too, together with others that hold parts of it, so that nobody changes the whole meanwhile.</remarks>
    public IDisposable Acquire(string target, string action) => Acquire(target, action, [.. new Target(target).Wholes], target);

    /// <inheritdoc/>
    public IDisposable AcquireForReading(string target, string action) => Acquire(target, action, [.. new Target(target).Wholes, target], target + Reading);

    private Held Acquire(string target, string action, string[] together, string alone)
    {
        var held = new List<FileStream>();
        try
        {
            foreach (string one in together) held.Add(Open(one, shared: true));
            held.Add(Open(alone, shared: false));
        }
        catch
        {
            held.ForEach(f => f.Dispose());
            throw;
        }
        string path = PathOf(alone);
        try { WriteHolder(HolderPathOf(path), target, action); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk keeps others from knowing who holds the lock; it is held all the same.
        }
        return new Held(held, HolderPathOf(path));
    }

    private FileStream Open(string target, bool shared)
    {
        string path = PathOf(target);
        FileStream? file;
        try
        {
            StateFolder.Prepare(stateDirectory, Folder, path, HolderPathOf(path));
            file = shared ? PrivateFile.TryOpenShared(path, Patience) : PrivateFile.TryOpenExclusively(path, Patience);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("LockUnwritable", OpsErrorCategory.ResourceUnavailable,
                $"The lock file {path} cannot be opened: {e.Message}",
                $"Make {Folder} writable for {Actor.Current.User}, or set 'state:' in the environment file to a folder that is.", target, e);
        }
        if (file is not null) return file;
        Holder? holder = ReadHolder(HolderPathOf(path)) ?? (shared ? null : HolderWithin(target));
        throw Locked(target.EndsWith(Reading, StringComparison.Ordinal) ? target[..^Reading.Length] : target, holder);
    }

    /// <summary>Who reads what cannot be had, or works on a part of it.</summary>
    private Holder? HolderWithin(string whole) => Directory.EnumerateFiles(Folder, "*.holder").Select(ReadHolder).OfType<Holder>()
        .FirstOrDefault(h => h.Target == whole || h.Target?.StartsWith(whole + "/", StringComparison.Ordinal) is true);

    /// <summary>The lock file of a target: readable, and distinct for targets that differ in characters a file name cannot have.</summary>
    internal string PathOf(string target)
    {
        var name = new StringBuilder();
        foreach (char c in target.Length > 60 ? target[..60] : target) name.Append(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '.');
        string hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(target)))[..12].ToLowerInvariant();
        return Path.Combine(Folder, $"{name.ToString().TrimStart('.')}-{hash}.lock");
    }

    /// <summary>Beside the lock, because a file held exclusively cannot be read by others.</summary>
    private static string HolderPathOf(string path) => Path.ChangeExtension(path, ".holder");

    private void WriteHolder(string path, string target, string action)
    {
        var holder = new Holder(Actor.Current.User, Actor.Current.Host, Actor.Current.ProcessId, action, time.GetUtcNow(), target);
        using FileStream file = PrivateFile.Open(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        file.Write(JsonSerializer.SerializeToUtf8Bytes(holder, Json));
    }

    private static Holder? ReadHolder(string path)
    {
        try
        {
            using FileStream? file = PrivateFile.OpenForReading(path);
            return file is null ? null : JsonSerializer.Deserialize<Holder>(file, Json);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException) { return null; }
    }

    private static OpsException Locked(string target, Holder? holder) => new("TargetLocked", OpsErrorCategory.ResourceBusy,
        holder is null
            ? $"Another run works on {target}; who it is cannot be read."
            : $"{holder.Action} of {holder.User} on {holder.Host} (process {holder.ProcessId}) works on {holder.Target ?? target} since {holder.Since.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.",
        "Wait until it has ended, or end it; the lock ends with its process. Never delete the lock file.", target);

    private sealed record Holder(string User, string Host, int ProcessId, string Action, DateTimeOffset Since, string? Target = null);

    private sealed class Held(List<FileStream> files, string holderPath) : IDisposable
    {
        public void Dispose()
        {
            if (!files[^1].CanWrite) return;
            try { File.Delete(holderPath); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* it is read only while the lock is held */ }
            PrivateFile.RemoveHeld(files[^1].Name);
            for (int i = files.Count - 1; i >= 0; i--) files[i].Dispose();
            // Those that others may share go with the last of them.
            for (int i = files.Count - 2; i >= 0; i--) PrivateFile.TryRemoveLock(files[i].Name);
        }
    }
}
