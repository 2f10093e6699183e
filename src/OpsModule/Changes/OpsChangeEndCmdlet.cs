using System.Management.Automation;
using OpsModule.Completion;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Changes;

/// <summary>Base of the cmdlets that bring changes to their end, or take them back.</summary>
public abstract class OpsChangeEndCmdlet : OpsEnvironmentCmdlet
{
    /// <summary>The change: a record from Get-OpsChange, or an id, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = "Change")]
    [Alias("Id")]
    [SupportsWildcards]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ChangeCompleter))]
    public object[] Change { get; set; } = null!;

    /// <summary>
    /// Every change of these targets that was killed, interrupted or waits, for example database/main/tenant/demo; with wildcards.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = "Target")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public string[] Target { get; set; } = null!;

    private readonly List<(OpsContext Context, JournalEntry Change)> _changes = [];

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (ParameterSetName == "Change") foreach (object given in Change) Attempt(() => Take(IdOf(given)));
        else Attempt(() => _changes.AddRange(Chosen().Select(c => (Context, WholeOf(c)))));
        return Task.CompletedTask;
    }

    /// <summary>What is meant where no change is named.</summary>
    private protected virtual IReadOnlyList<JournalEntry> Chosen()
    {
        IReadOnlyList<JournalEntry> found = Find(new JournalQuery { Targets = Target, Unfinished = true, Waiting = true });
        if (found.Count == 0)
            throw ChangeErrors.ChangeNotFound.Make($"No change of {string.Join(", ", Target)} is unfinished or waits.",
                "Get-OpsChange shows the changes that there are.", Target);
        return found;
    }

    /// <summary>Those that match, oldest first.</summary>
    private protected IReadOnlyList<JournalEntry> Find(JournalQuery query) =>
        new Journal(Context.Environment, TimeProvider.System).Find(query, out _, Fail);

    /// <summary>Nothing is done before all are known: what is piped in comes from a journal that grows meanwhile.</summary>
    protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        foreach (IGrouping<OpsContext, JournalEntry> environment in _changes.DistinctBy(c => (c.Context, c.Change.Id)).GroupBy(c =>
            c.Context, c => c.Change))
        {
            GoOnIn(environment.Key);
            foreach (JournalEntry change in Ordered(environment)) await AttemptAsync(() =>
                EndAsync(change, cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>In which order they are handled.</summary>
    private protected abstract IEnumerable<JournalEntry> Ordered(IEnumerable<JournalEntry> changes);

    /// <summary>Handles one.</summary>
    private protected abstract Task EndAsync(JournalEntry change, CancellationToken cancellationToken);

    /// <summary>Emits the change as the journal has it now.</summary>
    private protected void EmitNow(string id)
    {
        if (Context.Journal.Find(id) is { } now) Emit(now);
    }

    private void Take(string id)
    {
        IReadOnlyList<JournalEntry> found = Find(new JournalQuery { Ids = [id] });
        if (found.Count == 0) throw ChangeErrors.ChangeNotFound.Make($"The journal of {Context.Environment.Name} has no change {id}.",
            "Get-OpsChange shows the changes that there are.", id);
        _changes.AddRange(found.Select(c => (Context, WholeOf(c))));
    }

    /// <summary>A part of a change is gone on with, and taken back, with the whole.</summary>
    private JournalEntry WholeOf(JournalEntry change) =>
        change.Parent is { } parent && Context.Journal.Find(parent) is { } whole ? WholeOf(whole) : change;

    private string IdOf(object given)
    {
        if (given is not string) CheckIsOfThis(given);
        return Unwrap(given) switch
        {
            JournalEntry change => change.Id,
            string id when !string.IsNullOrWhiteSpace(id) => id,
            not string when PipedObject.Has(given, "Outcome") && PipedObject.Text(given, "Id") is { } id => id,
            _ => throw PipedObject.IsNo("change", given, "what Get-OpsChange gives, or its id"),
        };
    }

    private void Attempt(Action body)
    {
        try { body(); }
        catch (OpsException e) { Fail(e); }
    }
}
