using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>Scans files one after another, each on all cores; a file that cannot be read is reported, and the others are scanned.</summary>
internal sealed class FileHunt(AttackScanner scanner, Baseline? baseline, Action<OpsException> onFailed, IOpsReporter reporter, TimeProvider time)
{
    private const string Changed = "it is not the file any more that it was a moment ago; the next run reads it";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200), Quiet = TimeSpan.FromMinutes(1);

    public async IAsyncEnumerable<IReadOnlyList<AttackMatch>> RunAsync(IReadOnlyList<string> files, bool follow, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IReadOnlyList<PlannedFile> plan = baseline is null ? [.. files.Select(f => new PlannedFile(f))] : new FilePlanner(baseline, reporter, time).Plan(files);
        var followed = new List<FollowedFile>();
        foreach (PlannedFile planned in plan)
        {
            bool lines = follow && !LogFile.IsCompressed(planned.Path) && planned.Path != LogFile.StandardInput && !ForeignFile.IsPipe(planned.Path);
            if (lines)
            {
                followed.Add(new FollowedFile(planned.Path, new FileSlot(baseline, planned.From), reporter));
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
                        await foreach (IReadOnlyList<AttackMatch> batch in MatchesAsync(file.Path, ct => ScanPartAsync(part, file.Path, file.Slot, ct), cancellationToken).ConfigureAwait(false)) yield return batch;
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
            ChunkReader chunks = Checked(await LogFile.OpenAsync(path, cancellationToken).ConfigureAwait(false), path);
            await foreach (ScanStep step in scanner.ScanAsync(chunks, LogFile.Name(path), 0, cancellationToken).ConfigureAwait(false)) yield return step;
            yield break;
        }
        using SafeFileHandle file = FileChunks.Open(path);
        await foreach (ScanStep step in (LogFile.IsCompressed(path) ? ScanCompressedAsync(planned, file, cancellationToken) : ScanPlainAsync(planned, file, cancellationToken)).ConfigureAwait(false)) yield return step;
    }

    private IAsyncEnumerable<ScanStep> ScanPlainAsync(PlannedFile planned, SafeFileHandle file, CancellationToken cancellationToken)
    {
        if (planned.From is { } from && !from.IsIn(file)) throw new EndOfStreamException(Changed);
        long begin = planned.From?.Offset ?? 0, length = RandomAccess.GetLength(file);
        // A line that has only begun is left for the next time, unless nobody goes on with it.
        bool quiet = time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > Quiet;
        var part = new FilePart(file, begin, quiet ? length : FilePosition.EndOfLines(file, begin, length), planned.From?.Lines ?? 0);
        return ScanPartAsync(part, planned.Path, new FileSlot(baseline, planned.From), cancellationToken);
    }

    private async IAsyncEnumerable<ScanStep> ScanCompressedAsync(PlannedFile planned, SafeFileHandle file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var slot = new FileSlot(baseline, planned.From);
        FilePosition whole = FilePosition.Of(file, planned.Path, RandomAccess.GetLength(file), 0, time.GetUtcNow());
        long resume = planned.From?.Text ?? planned.From?.Offset ?? 0, lines = planned.From?.Lines ?? 0;
        var reader = new StreamChunks(TextFrom(planned), offset: resume);
        Exception? damage = null;
        await using (IAsyncEnumerator<ScanStep> steps = scanner.ScanAsync(reader, planned.Path, lines, cancellationToken).GetAsyncEnumerator(cancellationToken))
        {
            while (true)
            {
                try { if (!await steps.MoveNextAsync().ConfigureAwait(false)) break; }
                catch (Exception e) when (LogFile.IsUnreadable(e)) { damage = e; break; }
                ScanStep step = steps.Current;
                yield return step;
                if (step.Resume < 0) continue;
                (resume, lines) = (step.Resume, step.ResumeLines);
                if (step.Matches.Count > 0) slot.Set(whole with { Text = resume, Lines = lines });
            }
        }
        // Also when it is damaged: the same damage need not be read again. If the file grows, it goes on after the last whole line.
        slot.Set(whole with { Text = damage is null ? reader.Position : resume, Lines = lines, IsDone = true });
        if (damage is not null) throw damage;
    }

    /// <summary>The text of a compressed file, without what has been scanned.</summary>
    private static Stream TextFrom(PlannedFile planned)
    {
        Stream text = LogFile.Text(planned.Path);
        try
        {
            if (planned.From is null || (planned.From.Text is { } known ? Skip(text, known) : planned.From.IsIn(text))) return text;
            throw new EndOfStreamException(Changed);
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    private static bool Skip(Stream text, long count)
    {
        byte[] block = new byte[64 * 1024];
        while (count > 0)
        {
            int read = text.Read(block, 0, (int)Math.Min(count, block.Length));
            if (read == 0) return false;
            count -= read;
        }
        return true;
    }

    /// <summary>It is scanned nevertheless: two bytes at the beginning of a log must not hide what is in it.</summary>
    private ChunkReader Checked(ChunkReader reader, string path)
    {
        if (reader is FileChunks file && file.IsUtf16())
            reporter.Warning($"{path} begins like text in UTF-16, in which next to nothing is found. Pipe it in with Get-Content, or convert it with iconv.");
        return reader;
    }

    /// <summary>Scans whole lines; when a step has been taken, the baseline says so.</summary>
    private async IAsyncEnumerable<ScanStep> ScanPartAsync(FilePart part, string path, FileSlot slot, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long lines = part.Lines;
        // Positions are taken before matches are given away: by the time they are taken, the file may hold something else.
        FilePosition after = FilePosition.Of(part.File, path, part.End, 0, time.GetUtcNow());
        await foreach (ScanStep step in scanner.ScanAsync(Checked(new FileChunks(part.File, part.Begin, part.End), path), path, part.Lines, cancellationToken).ConfigureAwait(false))
        {
            bool known = slot.IsKept && step.Matches.Count > 0 && step.Resume >= 0 && step.Resume <= part.End;
            FilePosition? position = known ? FilePosition.Of(part.File, path, step.Resume, step.ResumeLines, time.GetUtcNow()) : null;
            yield return step;
            lines = step.Lines;
            if (position is not null) slot.Set(position);
        }
        slot.Set(after with { Lines = lines });
        if (part.IsGone) slot.Leave();
    }
}

/// <summary>A part of an open file.</summary>
/// <param name="File">The file.</param>
/// <param name="Begin">Where it begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Lines">How many lines there are before.</param>
/// <param name="IsGone">True for the last of a file that has been replaced.</param>
internal sealed record FilePart(SafeFileHandle File, long Begin, long End, long Lines, bool IsGone = false);
