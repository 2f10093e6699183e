using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>
/// What is looked at once for all secrets of a plan: the project, and whether Compose gives lines of an env file back as values. It counts
/// for whoever began it and for what that calls, until it is disposed.
/// </summary>
internal sealed class PlanLook : IDisposable
{
    private static readonly AsyncLocal<PlanLook?> Current = new();

    private readonly OpsContext _context;
    private readonly PlanLook? _before;
    private readonly List<ProbedLine> _lines = [];

    private PlanLook(OpsContext context)
    {
        (_context, _before, Project) = (context, Current.Value, new ProjectReading(context));
        Current.Value = this;
    }

    /// <summary>The project.</summary>
    public ProjectReading Project { get; }

    /// <summary>Begins one.</summary>
    public static PlanLook Begin(OpsContext context) => new(context);

    /// <summary>The one that is under way for an environment; null for none.</summary>
    public static PlanLook? Of(OpsContext context) =>
        Current.Value is { } look && ReferenceEquals(look._context.Environment, context.Environment) ? look : null;

    /// <summary>Lets a line be proven with the others.</summary>
    public void Add(ProbedLine line) => _lines.Add(line);

    /// <summary>Proves all lines that were added since it was asked last: those of one file in one call.</summary>
    /// <exception cref="OpsException">What the first line that is no value throws.</exception>
    public async Task ProveLinesAsync(CancellationToken cancellationToken)
    {
        ProbedLine[] all = [.. _lines];
        _lines.Clear();
        // A name that two secrets write differently is asked twice.
        foreach (IGrouping<(string, int), ProbedLine> together in all.GroupBy(l =>
            (l.Path, all.TakeWhile(o => !ReferenceEquals(o, l)).Count(o => o.Path == l.Path && o.Key == l.Key))))
            await ProbedLine.ProveAsync(_context, [.. together], cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => Current.Value = _before;
}
