using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Retention;

/// <summary>
/// The backups that stay while others of their groups are removed. A removal of many takes long, and each one is right only as long as
/// what stays is whole: it is looked at before the first one of its group goes, and then every ten seconds.
/// </summary>
/// <param name="context">The environment.</param>
/// <param name="store">The store.</param>
/// <param name="keys">Their keys, one of each group.</param>
internal sealed class StayingBackups(OpsContext context, string store, IEnumerable<string> keys)
{
    /// <summary>How long a look counts.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(10);

    private readonly BackupProber _prober = new(context);
    private readonly Dictionary<string, string> _keys = keys.GroupBy(BackupKeys.Folder, StringComparer.Ordinal)
        .ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
    private readonly Dictionary<string, (DateTimeOffset At, string? Damage)> _looks = new(StringComparer.Ordinal);

    /// <summary>Why nothing of the group of this backup may go any more, in a sentence; null while it may.</summary>
    public async Task<string?> WhyNoneGoesAsync(string key, CancellationToken cancellationToken)
    {
        string folder = BackupKeys.Folder(key), stays = _keys[folder];
        DateTimeOffset now = context.Time.GetUtcNow();
        if (!_looks.TryGetValue(folder, out (DateTimeOffset At, string? Damage) look)
            || (look.Damage is null && (now - look.At).Duration() >= Term))
        {
            string? damage = (await _prober.LookAsync(store, stays, cancellationToken).ConfigureAwait(false)).Damage;
            _looks[folder] = look = (now, damage);
        }
        return look.Damage is null ? null
            : $"Backup {BackupKeys.IdOf(stays)}, which was to stay, is no longer whole: {look.Damage.TrimEnd('.')}.";
    }
}
