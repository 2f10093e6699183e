using System.Globalization;
using System.Text.Json;
using OpsModule.Connections.Stores.Contract;

namespace OpsModule.Engine.Areas.Backups.Signing;

/// <summary>
/// The mark that a test found a backup wanting: of which backup it is, and of which bytes; signed where the environment has a key, so that
/// who can only write to the store cannot call a good one damaged.
/// </summary>
internal static class FailedMarks
{
    private const string Purpose = "failed";
    private const int LongestMessage = 2000;

    public static byte[] Write(BackupRecord backup, DateTimeOffset at, BackupFinding finding, string message, ManifestKey? key)
    {
        if (message.Length > LongestMessage) message = message[..LongestMessage];
        var mark = new FailureMark(backup.Id, at, finding, message) { Sha256 = backup.Sha256 };
        if (key is not null) mark = mark with { Signature = key.Sign(Purpose, TextOf(mark)) };
        return JsonSerializer.SerializeToUtf8Bytes(mark, ManifestJson.Default.FailureMark);
    }

    /// <summary>What was found, by a mark that is the backup's own; null when there is none.</summary>
    public static async Task<FailureMark?> ReadAsync(IBackupStore store, BackupRecord backup, ManifestKey? key,
        CancellationToken cancellationToken)
    {
        FailureMark? mark = await SignedMark.ReadAsync(store, BackupKeys.Failed(backup.Key), ManifestJson.Default.FailureMark,
            cancellationToken).ConfigureAwait(false);
        if (mark is null || mark.BackupId != backup.Id || mark.Sha256 != backup.Sha256) return null;
        return key is null || (mark.Signature is { } signature && key.Fits(Purpose, TextOf(mark), signature)) ? mark : null;
    }

    private static string TextOf(FailureMark mark) => string.Join('\n', mark.BackupId, mark.Sha256,
        mark.At.UtcTicks.ToString(CultureInfo.InvariantCulture), mark.Finding, mark.Message);
}
