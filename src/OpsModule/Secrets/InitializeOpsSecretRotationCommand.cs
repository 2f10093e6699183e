using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Secrets.Postgres.Layout;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Secrets;

/// <summary>
/// <para>Makes two PostgreSQL logins that take turns out of one, so that its password can be rotated without a moment in which anybody is
/// refused.</para>
/// </summary>
/// <remarks>
/// <para>The role is renamed and becomes the owner, which nobody logs in as: what it owns and may do, in every database, stays as it is.
/// Two logins
/// are made under it: one of the old name, with the password that it has, and a second one without a password. Both act as the owner in the
/// database
/// (SET role), so that tables belong to the owner whoever makes them. All of it is one transaction, compared before it counts with what the
/// login
/// could do before: who logs in meanwhile is let in, and no session ends.</para>
/// <para>It needs a superuser, as the database's user or restoreUser: nobody else may read what the server keeps of the password, which
/// goes on.
/// What reads session_user or current_user, and lines of pg_hba.conf that name the login, are named in the plan. Undo-OpsChange makes one
/// login
/// of it again, until it was rotated.</para>
/// </remarks>
/// <example>
/// <code>Initialize-OpsSecretRotation main -Login shop -WhatIf | Format-List</code>
/// <para>Shows what would be made, and what reads who somebody is.</para>
/// </example>
/// <example>
/// <code>Initialize-OpsSecretRotation main -Login shop -SecondLogin shop_2 -Owner shop_owner | Select-Object -ExpandProperty Entry</code>
/// <para>Makes the logins, and gives the line for secrets: in the environment file.</para>
/// </example>
/// <example>
/// <code>Initialize-OpsSecretRotation -Name db -WhatIf</code>
/// <para>The same for a secret that the environment file has with one login.</para>
/// </example>
[Cmdlet(VerbsData.Initialize, "OpsSecretRotation", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "Login")]
[OutputType(typeof(RotationLayout), typeof(ChangePlan))]
public sealed class InitializeOpsSecretRotationCommand : OpsEnvironmentCmdlet, IPlanFileCmdlet
{
    /// <summary>The database on whose server the login is, by its name in the environment file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = "Login")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseCompleter))]
    public string Database { get; set; } = null!;

    /// <summary>The role that the services log in as now.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = "Login")]
    [ValidateNotNullOrEmpty]
    public string Login { get; set; } = null!;

    /// <summary>
    /// The secret that is the login's password, by its name under secrets: in the environment file, which says the database and the login.
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = "Name")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SecretCompleter))]
    public string Name { get; set; } = null!;

    /// <summary>The login that is made beside it; the login's name with _b by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? SecondLogin { get; set; }

    /// <summary>The role that is to own what both make; the login's name with _owner by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? Owner { get; set; }

    /// <summary>
    /// Does nothing now, and writes what would be done as a plan into this file: Get-OpsPlan shows it, and Invoke-OpsPlan carries it out,
    /// later or run by another
    /// person, as long as what it was made for is still there. Several changes of one call become one plan.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ProviderPath]
    public string? PlanFile { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken) => AttemptAsync(() => MakeAsync(cancellationToken));

    private async Task MakeAsync(CancellationToken cancellationToken)
    {
        LayoutNames names = ParameterSetName == "Name" ? new SecretCatalog(Context).LayoutOf(Name, SecondLogin, Owner)
            : LayoutNames.Of(Database, Login, SecondLogin, Owner);
        if (await new LayoutPlanner(Context).PlanAsync(names, cancellationToken).ConfigureAwait(false) is not { } plan)
        {
            Verbose($"{names.Login} and {names.Second} take turns under {names.Owner} already.");
            return;
        }
        if (await AskAsync(plan).ConfigureAwait(false)
            && (await new ChangeRunner(Context).RunAsync(plan, cancellationToken).ConfigureAwait(false))?.Value is { } layout) Emit(layout);
    }
}
