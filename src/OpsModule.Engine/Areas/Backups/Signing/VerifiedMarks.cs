using System.Text.Json;
using OpsModule.Connections.Stores.Contract;

namespace OpsModule.Engine.Areas.Backups.Signing;

/// <summary>
/// The mark that a backup was verified: of which backup it is, and of which bytes; signed where the environment has a key.
/// </summary>
internal static class VerifiedMarks
{
    private const string Purpose = "verified";

    public static byte[] Write(BackupRecord backup, DateTimeOffset at, string how, ManifestKey? key)
    {
        var mark = new VerificationMark(backup.Id, at, how) { Sha256 = backup.Sha256 };
        if (key is not null) mark = mark with { Signature = key.Sign(Purpose, TextOf(mark)) };
        return JsonSerializer.SerializeToUtf8Bytes(mark, ManifestJson.Default.VerificationMark);
    }

    /// <summary>When the backup was verified, by a mark that is its own; null when there is none.</summary>
    public static async Task<DateTimeOffset?> ReadAsync(IBackupStore store, BackupRecord backup, ManifestKey? key,
        CancellationToken cancellationToken)
    {
        VerificationMark? mark = await SignedMark.ReadAsync(store, BackupKeys.Verified(backup.Key), ManifestJson.Default.VerificationMark,
            cancellationToken).ConfigureAwait(false);
        if (mark is null || mark.BackupId != backup.Id || (mark.Sha256 ?? backup.Sha256) != backup.Sha256) return null;
        if (key is not null && !(mark.Signature is { } signature && mark.Sha256 is not null && key.Fits(Purpose, TextOf(mark),
            signature))) return null;
        return mark.VerifiedAt;
    }

    private static string TextOf(VerificationMark mark) => string.Join('\n', mark.BackupId, mark.Sha256,
        mark.VerifiedAt.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture), mark.How);
}
