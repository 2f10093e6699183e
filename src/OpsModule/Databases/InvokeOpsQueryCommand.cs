using System.Collections;
using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Areas.Databases;
using OpsModule.Foundations.Errors;

namespace OpsModule.Databases;

/// <summary>
/// <para>Runs a statement on a database: rows as objects from a session that only reads, or with -Write a change that tells what it did
/// before it counts.</para>
/// </summary>
/// <remarks>
/// <para>Without -Write the session and its transaction only read, and are rolled back at the end; the server refuses what would change
/// something. Functions
/// that act outside of the transaction (another server, a file, another session) are not kept from that: grant the role less. Each row
/// comes as the server
/// gives it, so that a million of them fill no memory; Ctrl+C ends the query on the server.</para>
/// <para>The properties are the columns, NULL is $null. Whole numbers, numbers with a point, numeric (decimal), Boolean, uuid (Guid), bytea
/// (bytes), date and
/// timestamp (DateTime), timestamptz (DateTimeOffset, UTC), time and interval (TimeSpan) are what PowerShell has for them; arrays are
/// arrays; json and all other types are text.
/// What such a type cannot hold, for example infinity, a year of more than four digits or an interval of months, stays the server's
/// text.</para>
/// <para>-Parameter gives values to the names in the statement (@name or :name). They travel beside it and never become a part of it. A
/// text takes the type that the
/// statement expects, as a literal does.</para>
/// <para>With -Write the statement runs in a transaction. How many rows of which tables it has changed, by triggers and foreign keys as
/// well, is told before the
/// commit, and the answer decides; until then the rows are locked. -WhatIf runs nothing and tells what the server expects. The journal
/// holds the first word
/// of the statement and its SHA-256, the number of rows, and neither text nor values.</para>
/// </remarks>
/// <example>
/// <code>Invoke-OpsQuery main 'select id, total, placed_at from orders where status = @status' -Parameter @{ status = 'open' }</code>
/// <para>Emits the open orders, with typed properties.</para>
/// </example>
/// <example>
/// <code>Invoke-OpsQuery main 'select count(*) as orders from orders' -Tenant demo -Timeout 30s</code>
/// <para>Counts in one tenant's schema, for half a minute at most.</para>
/// </example>
/// <example>
/// <code>Invoke-OpsQuery main 'delete from sessions where expires_at &lt; now()' -Write -MaxRows 5000</code>
/// <para>Deletes old sessions; asks before it commits, and undoes the deletion by itself when it took more than 5000 rows away.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "OpsQuery", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "Read")]
[OutputType(typeof(PSObject), ParameterSetName = ["Read"])]
[OutputType(typeof(QueryChange), ParameterSetName = ["Write"])]
public sealed class InvokeOpsQueryCommand : OpsEnvironmentCmdlet, ICredentialCmdlet
{
    /// <summary>
    /// The database's name in the environment file, in any case; a pattern must mean just one. Left out, it is the only one.
    /// </summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DatabaseCompleter))]
    public string? Name { get; set; }

    /// <summary>The statement, one alone.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Query { get; set; } = null!;

    /// <summary>
    /// The tenant in whose schema names are looked for, and nowhere else: what lies elsewhere is written with its schema. Without it the
    /// database's own search_path counts. A pattern must mean just one.
    /// </summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TenantCompleter))]
    public string? Tenant { get; set; }

    /// <summary>Values for the names in the statement: @{ id = 17 } is the value of @id.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? Parameter { get; set; }

    /// <summary>
    /// How long the statement may run at most, until its last row is here: 30s, 5m. Without it the database's own limit counts.
    /// </summary>
    [Parameter]
    [Duration(Waits = true, Least = "1s", Most = "20d")]
    public TimeSpan? Timeout { get; set; }

    /// <summary>Lets the statement change something, and asks before the commit.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Write")]
    public new SwitchParameter Write { get; set; }

    /// <summary>
    /// How many rows may be changed at most, those that triggers and foreign keys change included; where there are more, the change is
    /// undone and an error.
    /// </summary>
    [Parameter(ParameterSetName = "Write")]
    [ValidateRange(0, long.MaxValue)]
    public long? MaxRows { get; set; }

    /// <summary>Commits without asking.</summary>
    [Parameter(ParameterSetName = "Write")]
    public SwitchParameter Force { get; set; }

    /// <summary>
    /// Logs in to the environment's databases as this user, with this password, in this call only, in place of what the environment file
    /// says: Get-Credential,
    /// or what Get-Secret gives. The password is shown nowhere, is in no program's arguments and not in the journal.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var request = new QueryRequest { Name = Name, Text = Query, Tenant = Tenant, Parameters = Values(), Timeout = Timeout,
            MaxRows = MaxRows };
        var query = new DatabaseQuery(Context);
        if (!Write)
        {
            long rows = await query.ReadAsync(request, row => Emit(ObjectOf(row)), cancellationToken).ConfigureAwait(false);
            Verbose($"{rows} {(rows == 1 ? "row" : "rows")}.");
        }
        else if (IsWhatIf)
        {
            (string target, string words) = await query.PlanAsync(request, cancellationToken).ConfigureAwait(false);
            await ShouldProcessAsync(target, words).ConfigureAwait(false);
        }
        else if (await query.WriteAsync(request, AgreeAsync, ObjectOf, cancellationToken).ConfigureAwait(false) is { } change) Emit(change);
    }

    private async Task<bool> AgreeAsync(QueryEffect effect)
    {
        if (!Force) return await ShouldProcessAsync(effect.Target, $"Commit {effect}").ConfigureAwait(false);
        Verbose($"Commit {effect}.");
        return true;
    }

    private Dictionary<string, object?> Values()
    {
        var values = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in Parameter ?? [])
        {
            string name = $"{entry.Key}".TrimStart('@', ':');
            if (name.Length == 0 || !values.TryAdd(name, Bare(entry.Value)))
                throw QueryErrors.QueryParameterInvalid.Make($"-Parameter names '{entry.Key}', which is "
                    + $"{(name.Length == 0 ? "no name" : "there twice")}.", "Name each parameter once, as in the statement.");
        }
        return values;
    }

    private static object? Bare(object? value) => value switch
    {
        PSObject wrapped => wrapped.BaseObject is PSCustomObject ? wrapped : Bare(wrapped.BaseObject),
        object?[] list => list.Select(Bare).ToArray(),
        SwitchParameter given => given.IsPresent,
        _ => value,
    };

    private static PSObject ObjectOf(QueryRow row)
    {
        var made = new PSObject();
        for (int i = 0; i < row.Names.Count; i++) made.Properties.Add(new PSNoteProperty(row.Names[i], row.Values[i]));
        return made;
    }
}
