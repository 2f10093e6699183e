using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Imports;
using OpsModule.Engine.Areas.Imports.Files;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Backups;

/// <summary>
/// <para>Takes dumps that pg_dump has written, by whatever script, into stores as backups of this module.</para>
/// </summary>
/// <remarks>
/// <para>What a file is, its first bytes tell, not its name. Archives (pg_dump -Fc), compressed inside or not, are taken as they are: every
/// table gets its
/// row count and digest on the way, and no server is needed. Scripts of SQL (plain pg_dump), tar files and folders (pg_dump -Ft, -Fd) are
/// loaded into a
/// PostgreSQL of their own, which is kept apart from the machine as that of a drill, and dumped from there. So are archives whose times are
/// not in
/// UTC, because their digests would fit no restored table. gzip and zstd are unpacked here; bzip2, xz and lz4 where their programs are
/// installed.</para>
/// <para>Nothing of a script is run as superuser, and none of it by psql. A script that holds more than a dump of one database (DROP
/// DATABASE, COPY
/// with a program, ALTER SYSTEM, commands to psql such as \!) is refused before a server is started.</para>
/// <para>The backup's time, which retention goes by, is the time of the file. It carries the labels imported (the file's name) and
/// imported-sha256. The same
/// file is imported once: a second time it is left as it is, with a verbose line, and nothing is emitted. -WhatIf reads the file to its end
/// and shows what it is.</para>
/// </remarks>
/// <example>
/// <code>Import-OpsBackup /mnt/backups/main-2026-11-20.dump -WhatIf</code>
/// <para>Reads an archive and shows what it holds, of which version it is, and where it would go.</para>
/// </example>
/// <example>
/// <code>Get-ChildItem /mnt/backups -Filter *.sql.gz | Import-OpsBackup -Name main -Store local</code>
/// <para>Takes every nightly dump of the last weeks into the store named local.</para>
/// </example>
/// <example>
/// <code>Import-OpsBackup demo.dump -Tenant demo -StartedAt 2026-11-20T03:00:00Z | Invoke-OpsRecoveryDrill</code>
/// <para>Takes a dump of one tenant's schema, says when it was made, and proves that it can be restored.</para>
/// </example>
[Cmdlet(VerbsData.Import, "OpsBackup", SupportsShouldProcess = true, DefaultParameterSetName = nameof(Path))]
[OutputType(typeof(BackupRecord), typeof(ChangePlan))]
public sealed class ImportOpsBackupCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The dumps: files, or folders of dumps in directory format, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = nameof(Path))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    public string[]? Path { get; set; }

    /// <summary>The dumps, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(LiteralPath))]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <summary>A file or a folder from Get-ChildItem or Get-Item, or the path of one.</summary>
    [Parameter(Mandatory = true, ParameterSetName = nameof(InputObject), ValueFromPipeline = true)]
    [ValidateNotNull]
    public object? InputObject { get; set; }

    /// <summary>The database that the dumps are of, by its name in the environment file; the only one where there is just one.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The tenant that the dumps are of, whose schema is all that they hold. Without it they are of the whole database.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string? Tenant { get; set; }

    /// <summary>Names of the stores to write to, with wildcards; all of the environment's when left out.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(StoreCompleter))]
    public string[]? Store { get; set; }

    /// <summary>When the dump was begun, or how long ago: 2026-11-20T03:00:00Z, 30d. Without it the time of the file counts.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>
    /// Takes a dump without rows (pg_dump --schema-only), and a script without what only a superuser may make, such as event triggers. The
    /// backup says what it
    /// lacks in LeftOut.
    /// </summary>
    [Parameter]
    public SwitchParameter AllowIncomplete { get; set; }

    /// <summary>
    /// Loads an archive into a server of its own though it could be taken as it is, so that the backup also says which owners and
    /// privileges there were.
    /// </summary>
    [Parameter]
    public SwitchParameter Reload { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    private protected override bool ReadsFiles => true;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        string name = Database();
        IReadOnlyList<string> stores = new BackupCatalog(Context).CheckStores(Store, Fail);
        foreach (string file in Files())
        {
            var request = new ImportRequest(file)
            {
                Name = name, Tenant = Tenant, Stores = stores, StartedAt = StartedAt, AllowIncomplete = AllowIncomplete, Reload = Reload,
            };
            await AttemptAsync(() => ImportAsync(request, cancellationToken)).ConfigureAwait(false);
        }
    }

    private IReadOnlyList<string> Files()
    {
        if (ParameterSetName != nameof(InputObject)) return ProviderPaths.Expand(Path ?? LiteralPath);
        string pattern = ProviderPaths.Pattern(SessionState.Path, InputObject) ?? throw PipedObject.IsNo("file", InputObject!,
            "a file or a folder of Get-ChildItem, or the path of one");
        return Unwrap(InputObject) is string ? ProviderPaths.Expand([pattern]) : [PathPattern.Unescape(pattern)];
    }

    private string Database()
    {
        if (Name is null) return DatabaseServers.FindSettings(Context.Environment, null).Name;
        IReadOnlyList<string> found = DatabaseServers.FindNames(Context.Environment, Name, static error => throw error);
        return found is [var only] ? only : throw new OpsException("ParametersConflict", OpsErrorCategory.InvalidArgument,
            $"-Name means {found.Count} databases ({string.Join(", ", found)}); a dump is of one.", "Name one.", Name);
    }

    private async Task ImportAsync(ImportRequest request, CancellationToken cancellationToken)
    {
        ChangePlan plan;
        try { plan = await new ImportPlanner(Context).PlanAsync(request, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (ImportErrors.AlreadyThere.Is(e))
        {
            Verbose($"{e.Message} It is left as it is.");
            return;
        }
        if (!await AskAsync(plan).ConfigureAwait(false)) return;
        object? made = (await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value;
        foreach (BackupRecord backup in made as IReadOnlyList<BackupRecord> ?? []) Emit(backup);
    }
}
