using System.IO.Compression;
using System.Runtime.CompilerServices;
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
    private readonly AttackScanner _scanner = new(query, time);

    /// <summary>Runs; matches of one source come in the order of its lines.</summary>
    public async IAsyncEnumerable<IReadOnlyList<AttackMatch>> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _ = platform;
        _ = reporter;
        foreach (string file in sources.Files ?? [])
        {
            IAsyncEnumerable<IReadOnlyList<AttackMatch>> matches = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? _scanner.ScanStreamAsync(new GZipStream(File.OpenRead(file), CompressionMode.Decompress), file, cancellationToken)
                : _scanner.ScanFileAsync(file, cancellationToken);
            await foreach (IReadOnlyList<AttackMatch> batch in matches.ConfigureAwait(false)) yield return batch;
        }
    }
}
