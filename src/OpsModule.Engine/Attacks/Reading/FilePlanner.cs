using Microsoft.Win32.SafeHandles;

namespace OpsModule.Engine.Attacks.Reading;

/// <summary>A file that is to be scanned.</summary>
/// <param name="Path">The file.</param>
/// <param name="From">How far it has been read, under this name or another; null for not at all.</param>
internal sealed record PlannedFile(string Path, FilePosition? From = null);

/// <summary>Finds out which files are those that an earlier run has read, whatever their names are now.</summary>
internal sealed class FilePlanner(Baseline baseline, IOpsReporter reporter, TimeProvider time)
{
    public IReadOnlyList<PlannedFile> Plan(IReadOnlyList<string> files)
    {
        files = [.. files.Distinct()];
        var here = files.Where(f => f != LogFile.StandardInput && !IsBeingCompressed(f)).ToDictionary(f => f, f => baseline.File(f) is { } own && IsIn(own, f) ? own : null);
        List<FilePosition> lost = [.. baseline.Files.Where(p => p.Offset > 0 && !(here.TryGetValue(p.Path, out FilePosition? own) ? own is not null : IsIn(p, p.Path)))];
        var moves = new List<(FilePosition From, string To)>();
        foreach (string file in here.Where(h => h.Value is null).Select(h => h.Key).ToArray())
        {
            // The one that has most of it: a shorter one may be the same beginning.
            if (lost.Where(p => IsSame(p, file)).MaxBy(p => p.Offset) is not { } from) continue;
            lost.Remove(from);
            moves.Add((from, file));
            here[file] = from;
        }
        foreach (FilePosition position in lost.Where(p => here.ContainsKey(p.Path)))
            reporter.Warning($"{position.Path} is not the file any more of which {position.Offset:N0} bytes had been read, and that file is not among those given; it was rotated or truncated. It is read from the beginning.");
        baseline.Move(moves);
        var moved = moves.Select(m => m.To).ToHashSet();
        return [.. files.Where(f => f == LogFile.StandardInput || here.ContainsKey(f)).Where(f => !IsDone(f)).OrderBy(f => moved.Contains(f) ? 0 : 1).Select(f => new PlannedFile(f, here.GetValueOrDefault(f)))];

        bool IsDone(string file)
        {
            if (!here.TryGetValue(file, out FilePosition? known) || known is null) return false;
            if (!IsIn(known, file)) return false; // the beginning of a compressed file's text
            bool done = new FileInfo(file).Length == known.Offset;
            if (done) baseline.Set(known with { Path = file, Seen = time.GetUtcNow() });
            return done;
        }
    }

    /// <summary>True when a file, or the text of a compressed one, begins with what was read of another.</summary>
    private static bool IsSame(FilePosition position, string file)
    {
        if (IsIn(position, file)) return true;
        if (!LogFile.IsCompressed(file) || LogFile.IsCompressed(position.Path)) return false;
        try
        {
            using Stream text = LogFile.Text(file);
            return position.IsIn(text);
        }
        catch (Exception e) when (LogFile.IsUnreadable(e)) { return false; }
    }

    /// <summary>True when a file begins with what was read; a compressed one only counts as a whole.</summary>
    private static bool IsIn(FilePosition position, string file)
    {
        try
        {
            using SafeFileHandle handle = FileChunks.Open(file);
            return position.IsIn(handle) && (!LogFile.IsCompressed(file) || RandomAccess.GetLength(handle) == position.Offset);
        }
        catch (Exception e) when (LogFile.IsUnreadable(e)) { return false; }
    }

    /// <summary>True while rotation compresses a file: it is there twice, and the one without the ending is whole.</summary>
    private bool IsBeingCompressed(string file)
    {
        if (!LogFile.IsCompressed(file) || !File.Exists(Path.ChangeExtension(file, null))) return false;
        reporter.Verbose($"{file} is left for the next time: the file that it is made from is still there.");
        return true;
    }
}
