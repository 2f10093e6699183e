using System.Text;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Listing;
using OpsModule.Engine.Areas.Recovery.Kits.Content;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>Gathers what a kit holds: the environment file as it is, and of each store the newest backups with their manifests.</summary>
internal sealed class KitCollector(OpsContext context)
{
    private const string PrivateKey = "AGE-SECRET-KEY-";

    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <exception cref="OpsException"><c>KitNeedsFile</c>, <c>KitHoldsKey</c>.</exception>
    public async Task<(KitContent Content, Dictionary<string, byte[]> Files)> CollectAsync(IReadOnlyList<string> recipients,
        CancellationToken ct)
    {
        byte[] file = ReadFile();
        _files[KitArchive.FileName] = file;
        BackupSettings settings = context.Environment.Backups;
        var stores = new List<KitStore>();
        var backups = new List<KitBackup>();
        foreach (StoreSettings store in settings.Stores.Values) stores.Add(await LookAsync(store, backups, ct).ConfigureAwait(false));
        var content = new KitContent
        {
            Environment = context.Environment.Name,
            CreatedAt = context.Time.GetUtcNow(),
            Module = typeof(KitCollector).Assembly.GetName().Version!.ToString(3),
            Programs = await ProgramsAsync(backups, ct).ConfigureAwait(false),
            File = context.Environment.File!,
            FileSha256 = KitArchive.Hash(file),
            BackupRecipients = settings.Recipients,
            KitRecipients = recipients,
            IdentityFile = settings.IdentityFile,
            Databases = [.. context.Environment.Databases.Keys],
            Stores = stores,
            Backups = backups,
            Secrets = KitSecrets.Of(EnvironmentLoader.Load(context.Environment.File!)),
        };
        return (content, _files);
    }

    private byte[] ReadFile()
    {
        if (context.Environment.File is not { } path)
            throw KitErrors.KitNeedsFile.Make($"The environment {context.Environment.Name} was made in memory, and a kit holds the "
                + $"file that it was read from.",
                "Write it to an ops.yaml, and name that with -Environment.", context.Environment.Name);
        byte[] bytes;
        try { bytes = File.ReadAllBytes(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw KitErrors.KitNeedsFile.Make($"The environment file {path} cannot be read: {e.Message.TrimEnd('.')}.",
                "Give this user the right to read it.", path, e);
        }
        if (!Encoding.UTF8.GetString(bytes).Contains(PrivateKey, StringComparison.OrdinalIgnoreCase)) return bytes;
        throw KitErrors.KitHoldsKey.Make($"The environment file {path} holds a private key of age, and a kit never does: it would "
            + $"open what it lies beside.",
            "Keep the key in a file of its own, and name that file.", path);
    }

    private async Task<KitStore> LookAsync(StoreSettings store, List<KitBackup> backups, CancellationToken ct)
    {
        bool isFolder = store.Path is not null;
        string place = isFolder ? store.Path! : $"s3://{store.Bucket}/{store.Prefix.Trim('/')}".TrimEnd('/');
        var told = new KitStore(store.Name, isFolder ? "folder" : "s3", place, store.Endpoint?.ToString(), store.Region, null);
        // A disk that is not mounted is a folder that is not there, and would read as a store without backups.
        if (isFolder && !Directory.Exists(store.Path)) return Unread(told, $"the folder {store.Path} does not exist");
        var found = new List<KitBackup>();
        try
        {
            await foreach (BackupGroup group in new GroupLister(context).ListAsync(store.Name, new BackupQuery(), ct).ConfigureAwait(false))
                if (await FindNewestAsync(group, ct).ConfigureAwait(false) is { } backup)
                    found.Add(await TakeAsync(backup, ct).ConfigureAwait(false));
        }
        catch (OpsException e)
        {
            return Unread(told, e.Message.TrimEnd('.'));
        }
        backups.AddRange(found);
        return told;
    }

    /// <summary>
    /// The newest that can be restored. A kit must not lead to what a restore would refuse: whoever follows its page has nothing that would
    /// tell.
    /// </summary>
    private async Task<BackupRecord?> FindNewestAsync(BackupGroup group, CancellationToken ct)
    {
        var prober = new BackupProber(context);
        foreach (BackupEntry entry in group.Entries)
        {
            bool isFuture = entry.IsFromTheFuture(context.Time.GetUtcNow());
            BackupProbe look = isFuture ? new BackupProbe("its time lies in the future", false)
                // They would end a line of the page, and what follows could be taken for a command.
                : (group.Words + entry.Key).Any(char.IsControl) ? new BackupProbe("there are control characters in its name or key", false)
                : await prober.LookAsync(group.Store, entry, ct).ConfigureAwait(false);
            if (look is { Damage: null, Backup: { } backup }) return backup;
            context.Reporter.Warning(PrintableText.Of($"Backup {entry.Id} of {group.Words} in store {group.Store} is not in the kit: "
                + $"{look.Damage}."));
        }
        return null;
    }

    private KitStore Unread(KitStore store, string why)
    {
        context.Reporter.Warning($"Store {store.Name} could not be read, and nothing of it is in the kit: {why}.");
        return store with { Problem = why };
    }

    private async Task<KitBackup> TakeAsync(BackupRecord backup, CancellationToken ct)
    {
        // The id in a manifest is what somebody wrote there; the key is where it lies.
        string id = ShellText.FileName(BackupKeys.IdOf(backup.Key)), manifest = $"manifests/{id}.json", rows = $"rows/{id}.sql";
        if (!_files.ContainsKey(manifest))
            _files[manifest] = await context.OpenStore(backup.Store).ReadAsync(BackupKeys.Manifest(backup.Key),
                BackupCatalog.MaxManifestBytes, ct).ConfigureAwait(false)
                ?? throw BackupErrors.BackupNotFound.Make($"The manifest of backup {id} in store {backup.Store} has grown since it "
                    + $"was listed.", "Run the command again.", id);
        string? globals = backup.ClusterGlobals is null ? null : $"globals/{id}.sql.gz" + (backup.Encrypted ? ".age" : "");
        if (globals is not null) _files[globals] = backup.ClusterGlobals!.Content;
        if (backup.Tenant is null) _files[rows] = Encoding.UTF8.GetBytes(KitRows.Script(backup.Tables));
        return new KitBackup
        {
            Id = id, Name = backup.Name, Database = context.Environment.Databases.GetValueOrDefault(backup.Name)?.Database,
                Tenant = backup.Tenant,
            Store = backup.Store, Key = backup.Key, StartedAt = backup.StartedAt, VerifiedAt = backup.VerifiedAt,
                Bytes = backup.StoredBytes, Sha256 = backup.Sha256,
            Compression = backup.Compression, Encrypted = backup.Encrypted, ServerVersion = backup.ServerVersion,
                ToolVersion = backup.ToolVersion,
            Extensions = backup.Extensions, Manifest = manifest, Globals = globals,
                HasVerifiers = backup.ClusterGlobals?.HasVerifiers ?? false,
            Rows = backup.Tenant is null ? rows : null,
        };
    }

    private static async Task<Dictionary<string, string>> ProgramsAsync(List<KitBackup> backups, CancellationToken ct) => new()
    {
        ["PostgreSQL"] = string.Join(", ", backups.Select(b => b.ServerVersion).Where(v => v.Length > 0).Distinct()),
        ["pg_dump"] = string.Join(", ", backups.Select(b => b.ToolVersion).Where(v => v.Length > 0).Distinct()),
        ["age"] = (await ProgramRunner.RunAsync(new ProgramCall("age", "--version"), null, ct).ConfigureAwait(false)).Trim(),
    };
}
