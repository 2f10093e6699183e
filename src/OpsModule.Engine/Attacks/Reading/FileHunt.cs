using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;

namespace OpsModule.Engine.Attacks.Reading;

/// <summary>Scans files one after another, each on all cores; a file that cannot be read is reported, and the others are scanned.</summary>
internal sealed class FileHunt(AttackScanner scanner, Baseline? baseline, Action<OpsException> onFailed, IOpsReporter reporter, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    public async IAsyncEnumerable<IReadOnlyList<AttackMatch>> RunAsync(IReadOnlyList<string> files, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<PlannedFile> plan = baseline is null ? [.. files.Select(f => new PlannedFile(f))] : new FilePlanner(baseline, reporter, time).Plan(files);
        var followed = new List<FollowedFile>();
        foreach (PlannedFile planned in plan)
        {
            bool lines = follow && !LogFile.IsCompressed(planned.Path) && planned.Path != LogFile.StandardInput;
            if (lines)
            {
                followed.Add(new FollowedFile(planned.Path, planned.From, reporter));
                continue; // it is read to its end when it is looked at for the first time
            }
            await foreach (IReadOnlyList<AttackMatch> batch in MatchesAsync(planned.Path, ct => ScanAsync(planned, ct), cancellationToken).ConfigureAwait(false)) yield return batch;
        }
        if (followed.Count == 0) yield break;
        try
        {
            while (true)
            {
                foreach (FollowedFile file in followed)
                    if (file.Next() is { } part)
                        await foreach (IReadOnlyList<AttackMatch> batch in MatchesAsync(file.Path, ct => ScanPartAsync(part, file.Path, file, ct), cancellationToken).ConfigureAwait(false)) yield return batch;
                baseline?.SaveSometimes();
                await Task.Delay(Look, time, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (FollowedFile file in followed) file.Dispose();
        }
    }

    /// <summary>The matches of a source; what goes wrong with it is reported.</summary>
    private async IAsyncEnumerable<IReadOnlyList<AttackMatch>> MatchesAsync(string path, Func<CancellationToken, IAsyncEnumerable<ScanStep>> scan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<ScanStep> steps = scan(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await steps.MoveNextAsync().ConfigureAwait(false)) yield break;
            }
            catch (Exception e) when (LogFile.IsUnreadable(e) && e is not OpsException { ErrorId: "BaselineUnwritable" })
            {
                onFailed(LogFile.Failure(path, e));
                yield break;
            }
            if (steps.Current.Matches.Count > 0) yield return steps.Current.Matches;
        }
    }

    private async IAsyncEnumerable<ScanStep> ScanAsync(PlannedFile planned, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string path = planned.Path;
        if (baseline is null || path == LogFile.StandardInput)
        {
            await foreach (ScanStep step in scanner.ScanAsync(Checked(LogFile.Open(path), path), LogFile.Name(path), 0, cancellationToken).ConfigureAwait(false)) yield return step;
            yield break;
        }
        using SafeFileHandle file = FileChunks.Open(path);
        if (!LogFile.IsCompressed(path))
        {
            long begin = planned.From?.Offset ?? 0;
            if (planned.From is { } from && !from.IsIn(file)) yield break; // rotated since a moment ago: the next run finds out
            long end = FilePosition.EndOfLines(file, begin, RandomAccess.GetLength(file));
            var part = new FilePart(file, begin, end, planned.From?.Lines ?? 0);
            await foreach (ScanStep step in ScanPartAsync(part, path, null, cancellationToken).ConfigureAwait(false)) yield return step;
            yield break;
        }
        FilePosition whole = FilePosition.Of(file, path, RandomAccess.GetLength(file), 0, time.GetUtcNow());
        Stream text = LogFile.Text(path);
        if (planned.From is { } read && !read.IsIn(text)) throw new EndOfStreamException("it is not the file any more that it was a moment ago");
        Exception? damage = null;
        await using (IAsyncEnumerator<ScanStep> steps = scanner.ScanAsync(new StreamChunks(text, offset: planned.From?.Offset ?? 0), path, planned.From?.Lines ?? 0, cancellationToken).GetAsyncEnumerator(cancellationToken))
        {
            while (true)
            {
                try { if (!await steps.MoveNextAsync().ConfigureAwait(false)) break; }
                catch (Exception e) when (LogFile.IsUnreadable(e)) { damage = e; break; }
                yield return steps.Current;
            }
        }
        baseline.Set(whole); // also when it is damaged: the same damage need not be read again
        baseline.SaveSometimes();
        if (damage is not null) throw damage;
    }

    /// <summary>It is scanned nevertheless: two bytes at the beginning of a log must not hide what is in it.</summary>
    private ChunkReader Checked(ChunkReader reader, string path)
    {
        if (reader is FileChunks file && file.IsUtf16())
            reporter.Warning($"{path} begins like text in UTF-16, in which next to nothing is found. Pipe it in with Get-Content, or convert it with iconv.");
        return reader;
    }

    /// <summary>Scans whole lines; when a step has been taken, the baseline says so.</summary>
    private async IAsyncEnumerable<ScanStep> ScanPartAsync(FilePart part, string path, FollowedFile? followed, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long lines = part.Lines;
        // Positions are taken before matches are given away: by the time they are taken, the file may hold something else.
        FilePosition after = FilePosition.Of(part.File, path, part.End, 0, time.GetUtcNow());
        await foreach (ScanStep step in scanner.ScanAsync(Checked(new FileChunks(part.File, part.Begin, part.End), path), path, part.Lines, cancellationToken).ConfigureAwait(false))
        {
            bool known = baseline is not null && !part.IsGone && step.Matches.Count > 0 && step.Resume >= 0 && step.Resume <= part.End;
            FilePosition? position = known ? FilePosition.Of(part.File, path, step.Resume, step.ResumeLines, time.GetUtcNow()) : null;
            yield return step;
            lines = step.Lines;
            if (position is null) continue;
            baseline!.Set(position);
            baseline.SaveSometimes();
        }
        after = after with { Lines = lines };
        followed?.Taken(part, after);
        if (!part.IsGone) baseline?.Set(after);
    }
}

/// <summary>A part of an open file.</summary>
/// <param name="File">The file.</param>
/// <param name="Begin">Where it begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Lines">How many lines there are before.</param>
/// <param name="IsGone">True for the last of a file that has been replaced.</param>
internal sealed record FilePart(SafeFileHandle File, long Begin, long End, long Lines, bool IsGone = false);
