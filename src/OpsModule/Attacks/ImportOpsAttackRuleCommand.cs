using System.Management.Automation;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Sigma;

namespace OpsModule.Attacks;

/// <summary>Makes rules for the search for attacks of Sigma rules for web servers and proxies, and writes them as a rule file.</summary>
/// <remarks>
/// <para>Understood are the log source categories webserver and proxy; conditions with and, or, not, parentheses, 1 of and all of; keywords; the fields
/// c-uri, cs-uri, cs-uri-stem, cs-uri-query, cs-user-agent, cs-referer, cs-username, cs-method, sc-status and c-ip; the modifiers contains, startswith,
/// endswith, all, re, cidr, base64 and base64offset; wildcards in values.</para>
/// <para>A rule is imported as a whole or not at all. Problems says why not; Notes says where it sees a little more or less. Lines made of a rule's own
/// values become its examples, and a rule that does not find them is not imported. A condition with alternatives in different parts of a request becomes several rules.</para>
/// <para>Texts are looked for after decoding, and as they stand in the log where they have percent signs and the like. Without -Destination nothing
/// is written. Name the file in attacks.rules of the environment file, or with -RulePath. Mind the licence of the rules that you import: title, id and author stand in the file.</para>
/// </remarks>
/// <example>
/// <code>Import-OpsAttackRule sigma/rules/web</code>
/// <para>Shows what would come of all rules in a folder and below it.</para>
/// </example>
/// <example>
/// <code>Import-OpsAttackRule sigma/rules/web/*.yml -Destination rules/sigma.yaml</code>
/// <para>Writes a rule file. A file that an import wrote before is replaced.</para>
/// </example>
/// <example>
/// <code>Import-OpsAttackRule sigma | Where-Object Imported -eq $false | Select-Object Title, Problems</code>
/// <para>What cannot be expressed, and why.</para>
/// </example>
[Cmdlet(VerbsData.Import, "OpsAttackRule", SupportsShouldProcess = true, DefaultParameterSetName = nameof(Path))]
[OutputType(typeof(RuleImport))]
public sealed class ImportOpsAttackRuleCommand : OpsCmdlet
{
    private readonly List<string> _paths = [];

    /// <summary>Sigma rules: files, folders with all below them, the wildcards * and ?.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = nameof(Path))]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    [SupportsWildcards]
    public string[]? Path { get; set; }

    /// <summary>Sigma rules: files and folders, whose names are taken as they are: no character is a wildcard. Get-ChildItem and Get-Item give them.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = nameof(LiteralPath))]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[]? LiteralPath { get; set; }

    /// <summary>The rule file to write; without it nothing is written.</summary>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? Destination { get; set; }

    /// <summary>The category of all rules; without it that is guessed by their titles, and Scanner where nothing tells.</summary>
    [Parameter]
    public AttackCategory? Category { get; set; }

    /// <summary>How sure the rules are taken to be. With Low only a search with -MinConfidence Low asks them.</summary>
    [Parameter]
    public AttackConfidence Confidence { get; set; } = AttackConfidence.Medium;

    /// <summary>Replaces a file that no import wrote.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        _paths.AddRange(Path ?? LiteralPath ?? []);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> files = RuleImportFile.Find(_paths, CurrentFolder);
        RuleImportFile? target = Destination is null ? null : new RuleImportFile(Destination);
        target?.CheckFree(Force);
        var importer = new SigmaImporter(Category, Confidence);
        var imports = new List<RuleImport>();
        foreach (string file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RuleImport import = importer.Read(file);
            imports.Add(import);
            Emit(import);
        }
        int made = imports.Sum(i => i.Rules.Count), left = imports.Count(i => !i.Imported);
        if (left > 0) Warning(FormattableString.Invariant($"{left:N0} of {imports.Count:N0} Sigma rules {(left == 1 ? "was" : "were")} not imported; Problems tells why of each."));
        if (target is null || made == 0) return;
        string what = FormattableString.Invariant($"Write {made:N0} {(made == 1 ? "rule" : "rules")} made of {imports.Count - left:N0} Sigma {(imports.Count - left == 1 ? "rule" : "rules")}");
        if (await ShouldProcessAsync(Destination!, what).ConfigureAwait(false)) target.Write(imports);
    }
}
