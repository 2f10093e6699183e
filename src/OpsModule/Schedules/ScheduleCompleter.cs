using OpsModule.Completion;
using OpsModule.Engine.Completion;

namespace OpsModule.Schedules;

/// <summary>Completes entries of the schedule.</summary>
public sealed class ScheduleCompleter : NameCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<KnownName> Find(KnownNames names, CompletionRequest request) => names.Schedules;
}
