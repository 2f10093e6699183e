using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Foundations.Errors;

namespace OpsModule.Attacks;

/// <summary>Base of the cmdlets that look for attacks: where, for what, and the scan itself.</summary>
public abstract class OpsAttackCmdlet : OpsEnvironmentCmdlet
{
    private AttackQuery? _query;
    private AttackSettings? _settings;
    private RuleBook? _book;
    private AllowList? _allowed;
    private EntryScanner? _entries;
    private readonly List<string> _files = [];
    private bool _isSource, _isStarted, _wereEnvironments;
    private long _line;

    /// <summary>Only these services, by name, in any case and with wildcards; without it all services of the environment.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Service")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ServiceCompleter))]
    public string[]? Service { get; set; }

    /// <summary>Files instead of services: paths, folders (the files in them), the wildcards * and ?, - for standard input; names that end in .gz and .zst are uncompressed. Needs no environment.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Path")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, StandardInput = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Files and folders, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <summary>Lines as text, entries from Get-OpsLog, or files from Get-ChildItem, instead of services and -Path. Measure-OpsAttack also takes matches from Find-OpsAttackPattern.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = "InputObject")]
    [AllowNull]
    public object? InputObject { get; set; }

    /// <summary>Only lines from this time on, or from so long ago: 2026-11-21T03:16:00Z, 15m, 2h, 7d. Lines of files that tell no time count.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Only lines up to this time, or up to so long ago.</summary>
    [Parameter]
    [Moment]
    public DateTimeOffset? Until { get; set; }

    /// <summary>Only these rules, by id, with the wildcards * and ?.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuleCompleter))]
    public string[]? Rule { get; set; }

    /// <summary>Only rules of these categories, with the wildcards * and ?: SqlInjection, Cross*.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CategoryCompleter))]
    public string[]? Category { get; set; }

    /// <summary>Only matches that are at least so grave, after the outcome of the request has counted.</summary>
    [Parameter]
    public AttackSeverity MinSeverity { get; set; }

    /// <summary>Only matches that are at least so sure. Low also shows what ordinary text matches now and then.</summary>
    [Parameter]
    public AttackConfidence MinConfidence { get; set; } = AttackConfidence.Medium;

    /// <summary>Files or folders with rules of your own, besides those of the module and of attacks.rules in the environment file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? RulePath { get; set; }

    /// <summary>
    /// What is no attack: addresses and networks, or <c>path:</c>, <c>agent:</c>, <c>rule:</c> or <c>category:</c> and a pattern; besides attacks.allow
    /// in the environment file. -Verbose tells what each entry let pass.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Allow { get; set; }

    /// <summary>Files of what is no attack: <c>allow:</c> with a list of address, path, agent, rule, category, until and reason.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? AllowList { get; set; }

    /// <summary>
    /// Proxies in front of the servers, by address or network, besides attacks.trustedProxies in the environment file: when one of them asked, the client is
    /// whom it names in X-Forwarded-For. Of anybody else that is not believed.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? TrustedProxy { get; set; }

    private protected sealed override bool ReadsFiles => true;

    /// <summary>True goes on with what is written from now on.</summary>
    protected virtual bool Follows => false;

    /// <summary>A file that remembers how far each source has been read; null for none.</summary>
    protected virtual string? BaselineFile => null;

    /// <summary>Changes what is looked for to what the cmdlet needs.</summary>
    protected virtual AttackQuery Refine(AttackQuery query) => query;

    /// <summary>What the environment says of attacks, where there is one.</summary>
    protected AttackSettings Settings => _settings ??= EnvironmentIfAny?.Attacks ?? new AttackSettings();

    /// <summary>All rules there are, of the module, the environment and -RulePath.</summary>
    protected RuleBook Book => _book ??= RuleBook.All([.. Settings.Rules, .. ProviderPaths.Expand(RulePath)]);

    /// <summary>What is let pass.</summary>
    protected AllowList Allowed => _allowed ??= AllowParameters.Read(Settings, Allow, AllowList);

    /// <summary>What is looked for.</summary>
    protected AttackQuery Query => _query ??= Refine(new AttackQuery
    {
        Rules = RuleSelection.Choose(Book.Rules, Rule, Category),
        TenantFields = Settings.TenantFields,
        ResourceTenantFields = Settings.ResourceTenantFields,
        TrustedProxies = AllowParameters.Proxies(Settings, TrustedProxy),
        Formats = Settings.Formats,
        MinSeverity = MinSeverity,
        MinConfidence = MinConfidence,
        Since = Since,
        Until = Until,
    });

    /// <summary>Takes matches, as they are found.</summary>
    protected abstract Task FoundAsync(IReadOnlyList<AttackMatch> matches, CancellationToken cancellationToken);

    /// <summary>Runs when all has been scanned.</summary>
    protected virtual Task FinishAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Takes an object from the pipeline that is neither a line nor an entry; false when it is not for this cmdlet.</summary>
    protected virtual Task<bool> TakeAsync(object input, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <inheritdoc/>
    protected override Task BeginAsync(CancellationToken cancellationToken)
    {
        if (Since > Until) throw Conflict($"-Since ({Display.Time(Since)}) is later than -Until ({Display.Time(Until)})", "Exchange them.");
        if (BaselineFile is not null && Path?.Contains("-") == true) throw Conflict("-Baseline remembers how far files and services were read and -Path - is standard input", "Leave one of them out.");
        if (Follows && Until is not null) throw Conflict("-Follow has no end and -Until is one", "Leave one of them out.");
        // Of an environment that may be piped in nothing is known yet.
        if (!MyInvocation.ExpectingInput) StartOnce();
        return Task.CompletedTask;
    }

    /// <summary>Reads what is looked for, and what is let pass; again for each environment that is piped in.</summary>
    protected virtual void Start()
    {
        (_query, _settings, _book, _allowed) = (null, null, null, null);
        _ = Allowed;
        if (Query.Rules is { Count: 0 })
            throw new OpsException("NoRule", OpsErrorCategory.InvalidArgument, "-Rule and -Category together leave no rule; at least one was expected.", "See which there are with Get-OpsAttackRule.");
    }

    /// <inheritdoc/>
    protected sealed override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (IsEnvironment)
        {
            (_isStarted, _wereEnvironments) = (false, true);
            Start();
            await ScanAsync(Paths, cancellationToken).ConfigureAwait(false);
            await FinishAsync(cancellationToken).ConfigureAwait(false);
            Allowed.Tell(this);
            return;
        }
        object? input = PipedObject.Record(InputObject);
        // Called without an object once, when nothing is piped in; an empty pipeline does not call it at all.
        if (input is null)
        {
            _isSource |= !MyInvocation.ExpectingInput;
            return;
        }
        StartOnce();
        if (input is not string && ProviderPaths.OfFile(SessionState.Path, InputObject) is { } file)
        {
            _files.Add(file);
            return;
        }
        if (BaselineFile is not null) throw Conflict("-Baseline remembers how far files and services were read and something was piped in", "Leave one of them out, or name the files with -Path.");
        _entries ??= new EntryScanner(Query, TimeProvider.System) { OnUnknown = (source, line) =>
            Warning(AttackHunt.Unknown(source, line)) };
        IReadOnlyList<AttackMatch> matches;
        switch (input)
        {
            case string text: matches = _entries.Scan(text, "(pipeline)", null, ++_line); break;
            case LogEntry entry: matches = _entries.Scan(entry); break;
            default:
                if (!await TakeAsync(input, cancellationToken).ConfigureAwait(false))
                    Fail(new OpsException("InputNotALine", OpsErrorCategory.InvalidArgument, $"A {PipedObject.TypeName(InputObject!)} was piped in; lines of text, entries of Get-OpsLog or files were expected.",
                        "Pipe Get-Content, Get-OpsLog or Get-ChildItem, or name the files with -Path.", input));
                return;
        }
        if (matches.Count > 0) await FoundAsync(matches, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected sealed override async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_wereEnvironments && !_isStarted) return;
        StartOnce();
        if (_isSource || _files.Count > 0) await ScanAsync(_files.Count > 0 ? _files : Paths, cancellationToken).ConfigureAwait(false);
        await FinishAsync(cancellationToken).ConfigureAwait(false);
        Allowed.Tell(this);
    }

    private string[]? Paths => Path ?? LiteralPath;

    private void StartOnce()
    {
        if (_isStarted) return;
        Start();
        _isStarted = true;
    }

    private async Task ScanAsync(IReadOnlyList<string>? paths, CancellationToken cancellationToken)
    {
        using IServicePlatform? platform = paths is null ? Context.OpenPlatform() : null;
        IReadOnlyList<string>? files = paths is null ? null : AttackSources.Find(paths, CurrentFolder, e => Warning($"{e.Message} The others are looked at."));
        var sources = new AttackSources { Services = Service, Files = files, Follow = Follows, Baseline = BaselineFile, Unknown = Fail };
        await foreach (IReadOnlyList<AttackMatch> batch in new AttackHunt(Query, sources, platform, this, TimeProvider.System).RunAsync(cancellationToken).ConfigureAwait(false))
            await FoundAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An error about parameters that contradict each other.</summary>
    protected static OpsException Conflict(string what, string remedy) => new("ParametersConflict", OpsErrorCategory.InvalidArgument, what + "; both were given.", remedy);
}
