using System.IO.Compression;
using System.Runtime.CompilerServices;
using OpsModule.Engine.Logs;
using OpsModule.Engine.Platforms;

namespace OpsModule.Engine.Attacks;

/// <summary>Scans files or services, one after another, in batches of matches.</summary>
/// <param name="query">What is looked for.</param>
/// <param name="sources">Where.</param>
/// <param name="platform">Where the services run; null when only files are read.</param>
/// <param name="reporter">Where it says what it could not read.</param>
/// <param name="time">The clock.</param>
public sealed class AttackHunt(AttackQuery query, AttackSources sources, IServicePlatform? platform, IOpsReporter reporter, TimeProvider time)
{
    /// <summary>Runs; matches of one source come in the order of its lines.</summary>
    public IAsyncEnumerable<IReadOnlyList<AttackMatch>> RunAsync(CancellationToken cancellationToken) =>
        sources.Files is { } files && !sources.Follow ? ScanFilesAsync(files, cancellationToken) : ScanEntriesAsync(cancellationToken);

    private async IAsyncEnumerable<IReadOnlyList<AttackMatch>> ScanFilesAsync(IReadOnlyList<string> files, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scanner = new AttackScanner(query, time);
        foreach (string file in files)
        {
            // One file that cannot be read, or a gzip file that ends too early, keeps nobody from the others.
            await using IAsyncEnumerator<IReadOnlyList<AttackMatch>> matches = Lazily(() => Open(scanner, file, cancellationToken), cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(matches, file).ConfigureAwait(false)) yield return matches.Current;
        }
    }

    private static IAsyncEnumerable<IReadOnlyList<AttackMatch>> Open(AttackScanner scanner, string file, CancellationToken cancellationToken) =>
        file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
            ? scanner.ScanStreamAsync(new GZipStream(File.OpenRead(file), CompressionMode.Decompress), file, cancellationToken)
            : scanner.ScanFileAsync(file, cancellationToken);

    /// <summary>So that a file that cannot be opened fails where the others fail, too.</summary>
    private static async IAsyncEnumerable<IReadOnlyList<AttackMatch>> Lazily(Func<IAsyncEnumerable<IReadOnlyList<AttackMatch>>> open, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (IReadOnlyList<AttackMatch> batch in open().WithCancellation(cancellationToken).ConfigureAwait(false)) yield return batch;
    }

    private async Task<bool> NextAsync(IAsyncEnumerator<IReadOnlyList<AttackMatch>> matches, string file)
    {
        try
        {
            return await matches.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            reporter.Warning($"{file} was not read to its end: {e.Message}");
            return false;
        }
    }

    /// <summary>Services, and files that are followed: the entries as Get-OpsLog reads them.</summary>
    private async IAsyncEnumerable<IReadOnlyList<AttackMatch>> ScanEntriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scanner = new EntryScanner(query, time);
        var reader = new LogReader(platform, reporter, time, error => reporter.Warning($"{error.Message} {error.RecommendedAction}"));
        var logs = new LogQuery { Services = sources.Services, Files = sources.Files, Since = query.Since, Until = query.Until, Follow = sources.Follow };
        await foreach (IReadOnlyList<LogEntry> entries in reader.ReadAsync(logs, cancellationToken).ConfigureAwait(false))
        {
            AttackMatch[] matches = [.. entries.SelectMany(scanner.Scan)];
            if (matches.Length > 0) yield return matches;
        }
    }
}
