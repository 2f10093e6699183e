using System.Management.Automation;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Changes;

/// <summary>Base of the cmdlets that read plans from files, or take them from the pipeline.</summary>
public abstract class OpsPlanCmdlet : OpsEnvironmentCmdlet
{
    /// <summary>The files, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true)]
    public string[] Path { get; set; } = null!;

    /// <summary>The files, whose names are taken as they are: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath")]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    [ProviderPath(Wildcards = true, Literal = true)]
    public string[] LiteralPath { get; set; } = null!;

    /// <summary>A plan that -WhatIf or -PlanFile has emitted, or a file of Get-ChildItem that holds one.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Plan", ValueFromPipeline = true)]
    [ValidateNotNull]
    public object Plan { get; set; } = null!;

    /// <inheritdoc/>
    private protected override bool TakesPlans => true;

    private protected override bool ReadsFiles => true;

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (ParameterSetName == "Plan")
        {
            await AttemptAsync(() => TakeAsync(Piped(), cancellationToken)).ConfigureAwait(false);
            return;
        }
        string[] files = [.. ProviderPaths.Expand(ParameterSetName == "Path" ? Path : LiteralPath)];
        if (files.Length == 0) throw ChangeErrors.PlanInvalid.Make($"No file fits {string.Join(", ", Path)}.", "Correct -Path.", Path);
        foreach (string file in files) await AttemptAsync(() => TakeAsync(Read(file), cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Takes one plan.</summary>
    private protected abstract Task TakeAsync(ChangePlan plan, CancellationToken cancellationToken);

    private ChangePlan Piped() => Unwrap(Plan) as ChangePlan
        ?? (Unwrap(Plan) is not string && ProviderPaths.OfFile(SessionState.Path, Plan) is { } file ? Read(PathPattern.Unescape(file))
            : throw PipedObject.IsNo("plan", Plan, "a plan of this session (-WhatIf, -PlanFile), or the file that holds one"));

    private static ChangePlan Read(string file)
    {
        try { return PlanFile.Read(file); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("PlanUnreadable", OpsErrorCategory.ReadError,
                $"The plan {file} cannot be read: {e.Message.TrimEnd('.')}.", "Correct -Path, or give this user the right to read it.",
                file, e);
        }
    }
}
