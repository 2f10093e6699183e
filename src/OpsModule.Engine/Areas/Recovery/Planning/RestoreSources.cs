using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Recovery.Planning;

/// <summary>Takes the stores that have a backup in their order: where one does not give it whole, the next one serves.</summary>
internal sealed class RestoreSources(IOpsReporter reporter)
{
    /// <summary>Failures of where a backup lies rather than of the restore: the same backup in another store may serve.</summary>
    private static readonly HashSet<string> OfTheSource =
    [
        "ArchiveUnreadable", "BackupAltered", "BackupEmpty", "BackupNotEncrypted", "BackupNotFound", "BackupNotSigned", "BackupTruncated", "CompressionFailed", "ObjectChanged", "ObjectMissing",
        "RestoreMismatch", "StoreAccessDenied", "StoreInvalid", "StoreUnavailable", "StoreUnknown",
    ];

    /// <summary>What the first source gives that can, and which one that was; one that fails is told.</summary>
    /// <param name="sources">The sources in their order.</param>
    /// <param name="storeOf">The store of one.</param>
    /// <param name="body">What is done with one.</param>
    public async Task<(TResult Result, int At)> FirstAsync<TSource, TResult>(IReadOnlyList<TSource> sources, Func<TSource, string> storeOf,
        Func<TSource, Task<TResult>> body)
    {
        for (int at = 0; ; at++)
        {
            try { return (await body(sources[at]).ConfigureAwait(false), at); }
            catch (OpsException e) when (at + 1 < sources.Count && OfTheSource.Contains(e.ErrorId))
            {
                reporter.Warning($"{e.Message} The same backup is taken from store {storeOf(sources[at + 1])} instead.");
            }
        }
    }
}
