using Microsoft.Win32.SafeHandles;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>A file that is to be scanned.</summary>
/// <param name="Path">The file.</param>
/// <param name="From">How far it has been read, under this name or another; null for not at all.</param>
internal sealed record PlannedFile(string Path, FilePosition? From = null);

/// <summary>Finds out which files are those that an earlier run has read, whatever their names are now.</summary>
internal sealed class FilePlanner(Baseline baseline, IOpsReporter reporter, TimeProvider time)
{
    private readonly Dictionary<string, FilePosition> _known = [];

    /// <summary>What is to be read, files that were rotated before those that took their names.</summary>
    public IReadOnlyList<PlannedFile> Plan(IReadOnlyList<string> files)
    {
        string[] given = [.. files.Distinct()];
        string[] logs = [.. given.Where(f => f != LogFile.StandardInput && !IsBeingCompressed(f, given))];
        Dictionary<string, string?> identities = logs.ToDictionary(f => f, Identity);
        // The one that has most of a file comes first: a shorter one may be the same beginning.
        List<FilePosition> left = [.. baseline.Files.OrderByDescending(p => p.Offset)];
        Recognise(left, logs, (p, f) => p.Identity is not null && p.Identity == identities[f]);
        Recognise(left, logs, (p, f) => p.Path == f);
        left.RemoveAll(p => p.Offset == 0 || (!logs.Contains(p.Path) && IsIn(p, p.Path)));
        Recognise(left, logs, (_, _) => true);
        foreach (FilePosition lost in left.Where(p => !p.IsDone && logs.Contains(p.Path)))
        {
            reporter.Warning(FormattableString.Invariant($"{lost.Path} is not the file any more of which {lost.Offset:N0} bytes had been read, and that file is not among those given: it was truncated, or rotated to a name that was not given. What it had after that is not scanned; {lost.Path} is read from its beginning."));
            baseline.Replace(lost, lost with { IsDone = true });
        }
        var moved = new HashSet<string>();
        foreach ((string file, FilePosition position) in _known.ToArray())
        {
            if (position.Path != file) moved.Add(file);
            FilePosition now = position with { Path = file, Seen = time.GetUtcNow() };
            // Which inode a plain position has is that of the plain file, also when it is met in a compressed one.
            if (position.Text is not null || !LogFile.IsCompressed(file)) now = now with { Identity = identities[file] };
            baseline.Replace(position, now);
            _known[file] = now;
        }
        return [.. given.Where(f => f == LogFile.StandardInput || (logs.Contains(f) && !IsRead(f))).OrderBy(f => moved.Contains(f) ? 0 : 1).Select(f => new PlannedFile(f, _known.GetValueOrDefault(f)))];
    }

    private void Recognise(List<FilePosition> left, string[] files, Func<FilePosition, string, bool> mayBe)
    {
        foreach (FilePosition position in left.ToArray())
        {
            if (files.FirstOrDefault(f => !_known.ContainsKey(f) && mayBe(position, f) && IsSame(position, f)) is not { } file) continue;
            _known[file] = position;
            left.Remove(position);
        }
    }

    /// <summary>True when a file has nothing that is new.</summary>
    private bool IsRead(string file) => _known.TryGetValue(file, out FilePosition? known) && (known.Text is null != LogFile.IsCompressed(file)) && (known.Text is null || known.IsDone)
        && new FileInfo(file).Length == known.Offset;

    /// <summary>True when a file, or the text of a compressed one, begins with what was read.</summary>
    private static bool IsSame(FilePosition position, string file)
    {
        bool compressed = LogFile.IsCompressed(file);
        if (compressed == position.Text is not null) return IsIn(position, file);
        if (!compressed) return false;
        try
        {
            using Stream text = LogFile.Text(file);
            return position.IsIn(text);
        }
        catch (Exception e) when (LogFile.IsUnreadable(e)) { return false; }
    }

    private static bool IsIn(FilePosition position, string file)
    {
        try
        {
            using SafeFileHandle handle = FileChunks.Open(file);
            return position.IsIn(handle);
        }
        catch (Exception e) when (LogFile.IsUnreadable(e)) { return false; }
    }

    private static string? Identity(string file)
    {
        try
        {
            using SafeFileHandle handle = FileChunks.Open(file);
            return Disk.Identity(handle);
        }
        catch (Exception e) when (LogFile.IsUnreadable(e)) { return null; }
    }

    /// <summary>True while rotation compresses a file: the file that it is made from is still there, and is read.</summary>
    private bool IsBeingCompressed(string file, string[] given)
    {
        if (!LogFile.IsCompressed(file) || !given.Contains(Path.ChangeExtension(file, null))) return false;
        try
        {
            using SafeFileHandle plain = FileChunks.Open(Path.ChangeExtension(file, null));
            byte[] expected = new byte[1024], found = new byte[1024];
            int length = 0;
            try
            {
                using Stream text = LogFile.Text(file);
                for (int read; length < found.Length && (read = text.Read(found, length, found.Length - length)) > 0;) length += read;
            }
            catch (Exception e) when (LogFile.IsUnreadable(e)) { /* what came before counts */ }
            if (RandomAccess.Read(plain, expected.AsSpan(0, length), 0) < length || !expected.AsSpan(0, length).SequenceEqual(found.AsSpan(0, length))) return false;
            reporter.Verbose($"{file} is left for the next time: the file that it is made from is still there.");
            return true;
        }
        catch (Exception e) when (LogFile.IsUnreadable(e)) { return false; }
    }
}
