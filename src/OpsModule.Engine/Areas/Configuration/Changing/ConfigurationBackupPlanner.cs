using System.Globalization;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Backups.Contents;
using OpsModule.Engine.Areas.Configuration.Archiving;
using OpsModule.Engine.Areas.Configuration.Reading;
using OpsModule.Engine.Areas.Configuration.Sources;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Configuration.Changing;

/// <summary>Plans backups of the configuration: it reads what belongs to it, and changes nothing.</summary>
/// <param name="context">The environment and what goes with it.</param>
public sealed class ConfigurationBackupPlanner(OpsContext context)
{
    /// <summary>Plans one.</summary>
    /// <param name="request">How.</param>
    /// <param name="onUnknown">Told of each store that is unknown.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>ConfigurationNotProtected</c>, <c>ConfigurationEmpty</c>,
    /// <c>ConfigurationUnreadable</c>.</exception>
    public async Task<ConfigurationBackupPlan> PlanAsync(ConfigurationBackupRequest request, Action<OpsException> onUnknown,
        CancellationToken cancellationToken)
    {
        if (!request.Redact && !BackUpConfiguration.Encrypts(context)) throw NotProtected(context);
        IReadOnlyList<string> stores = new BackupCatalog(context).CheckStores(request.Stores.Count == 0 ? null : request.Stores, onUnknown);
        WarnOfOpenStores(stores);
        Compression compression = BackupPlanner.CompressionOf(request.Compression);
        // What files hold counts only where it is compared.
        var walker = new ConfigurationWalker(ConfigurationSources.Find(context), ConfigurationKey.Of(context))
        {
            OnlyLooks = !request.OnlyIfChanged,
        };
        var items = new List<ConfiguredItem>();
        long bytes = 0;
        foreach (ReadItem read in walker.Read(cancellationToken))
        {
            items.Add(read.Item);
            bytes += read.Size;
        }
        if (items.All(i => i.Kind != ConfiguredKind.File)) throw Empty(context);
        if (request.OnlyIfChanged && await FindSameAsync(items, stores, request.Redact,
            cancellationToken).ConfigureAwait(false) is { } same)
            return new ConfigurationBackupPlan(null, same);
        var labels = new Dictionary<string, string>(context.Environment.Backups.Labels);
        foreach ((string key, string value) in request.Labels) labels[key] = value;
        var what = new ConfigurationBackupArguments { Stores = stores, Compression = compression, Redact = request.Redact,
            Labels = labels };
        return new ConfigurationBackupPlan(Plan(what, walker, items, bytes), []);
    }

    private ChangePlan Plan(ConfigurationBackupArguments what, ConfigurationWalker walker, List<ConfiguredItem> items, long bytes)
    {
        int files = items.Count(i => i.Kind is ConfiguredKind.File or ConfiguredKind.HardLink);
        string stores = string.Join(", ", what.Stores);
        string how = BackUpConfiguration.Encrypts(context) ? "encrypted" : "not encrypted";
        return new ChangePlan
        {
            Environment = context.Environment.Name, Kind = BackUpConfiguration.KindName, Action = ConfigurationBackupRequest.Action,
            Target = ConfigurationBackupArguments.Target,
            Subject = string.Create(CultureInfo.InvariantCulture,
                $"configuration of {context.Environment.Name} ({files:N0} files, {SizeText.Show(bytes)})"),
            Summary = $"Back up with {what.Compression}, {how}{(what.Redact ? ", without secrets" : "")}, to {stores}",
            Arguments = what.Write(), Identities = BackUpConfiguration.Identities(context), PlannedAt = context.Time.GetUtcNow(),
            Undo = "a complete backup stays, for it changes nothing of what is operated; what is none yet is removed",
            Steps = [new PlannedStep(BackUpConfiguration.Step, $"Read it in one stream to {stores}; the manifest, which makes it a "
                + $"backup, comes last.")],
            Figures =
            [
                new PlanFigure("files", FormattableString.Invariant($"{files:N0}")),
                new PlanFigure("bytes", FormattableString.Invariant($"{bytes:N0}")),
                .. walker.Taken.Select(t => new PlanFigure("taken", t)),
            ],
            Warnings = walker.Missed.Count == 0 ? [] : [.. walker.Missed.Distinct().Select(m => $"Not in the backup: {m}.")],
        };
    }

    /// <summary>The newest of each store when all of them hold what is live; null when one does not, or has none.</summary>
    private async Task<IReadOnlyList<BackupRecord>?> FindSameAsync(List<ConfiguredItem> items, IReadOnlyList<string> stores, bool redact,
        CancellationToken ct)
    {
        string key = ConfigurationKey.NameOf(ConfigurationKey.Of(context));
        HashSet<(string, string)> now = [.. items.Select(i => (i.Name, i.State))];
        var same = new List<BackupRecord>();
        foreach (string store in stores)
        {
            BackupRecord? newest = await NewestAsync(context, store, ct).ConfigureAwait(false);
            if (newest?.Configuration is not { } held || held.Key != key || held.IsRedacted != redact
                || newest.Encrypted != BackUpConfiguration.Encrypts(context)
                || !now.SetEquals(ConfigurationArchive.ItemsOf(newest).Select(i => (i.Name, i.State)))) return null;
            // One that has lost its object is none that could be restored.
            if (!await new BackupCatalog(context).IsWholeAsync(newest, ct).ConfigureAwait(false)) return null;
            same.Add(newest);
        }
        return same;
    }

    /// <summary>The newest of several stores.</summary>
    /// <param name="stores">The stores.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OpsException"><c>BackupNotFound</c>.</exception>
    public async Task<BackupRecord> FindNewestAsync(IReadOnlyList<string> stores, CancellationToken cancellationToken)
    {
        BackupRecord? newest = null;
        foreach (string store in stores)
            if (await NewestAsync(context, store, cancellationToken).ConfigureAwait(false) is { } found
                && (newest is null || found.StartedAt > newest.StartedAt)) newest = found;
        return newest ?? throw BackupErrors.BackupNotFound.Make($"No store of environment {context.Environment.Name} has a backup of the "
            + $"configuration.",
            "Make one: Backup-OpsConfiguration.", ConfigurationBackupArguments.Name);
    }

    /// <summary>The newest backup of the configuration in a store; null when it has none.</summary>
    internal static async Task<BackupRecord?> NewestAsync(OpsContext context, string store, CancellationToken ct)
    {
        var query = new BackupQuery { Kinds = [BackupKind.Configuration], Stores = [store], Latest = true, Quiet = true };
        if (await FirstAsync(query).ConfigureAwait(false) is not { } newest) return null;
        // Two of one second differ in their ids by chance alone.
        return await FirstAsync(query with { Latest = false, After = BackupKeys.TimeOf(newest.Id) }).ConfigureAwait(false) ?? newest;

        async Task<BackupRecord?> FirstAsync(BackupQuery asked)
        {
            BackupRecord? first = null;
            await foreach (BackupRecord backup in new BackupCatalog(context).ListAsync(asked, ct).ConfigureAwait(false))
                if (first is null || backup.StartedAt > first.StartedAt) first = backup;
            return first;
        }
    }

    private void WarnOfOpenStores(IReadOnlyList<string> stores)
    {
        foreach (string store in stores)
            if ((context.Environment.Backups.Stores.GetValueOrDefault(store)
                ?? UnnamedStore.SettingsOf(context.Environment, store)).Path is { } path && Trust.Doubt(path) is { } doubt)
                context.Reporter.Warning($"Others can change or exchange backups in the store {store}: {doubt}. Make it a folder that "
                    + $"nobody "
                    + "else may write to (chmod go-w).");
    }

    internal static OpsException NotProtected(OpsContext context) => ConfigurationErrors.NotProtected.Make(
        $"The configuration of {context.Environment.Name} holds secrets, and backups are not encrypted. Nothing was stored.",
        "Name recipients under backups.encryption in the environment file, or use -Redact, which takes secrets out.",
        context.Environment.Name);

    internal static OpsException Empty(OpsContext context) => ConfigurationErrors.Empty.Make(
        $"Nothing that belongs to the configuration of {context.Environment.Name} is there.",
        "Name files under configuration.files in the environment file.", context.Environment.Name);
}
