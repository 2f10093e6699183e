using System.Globalization;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Changes;

/// <summary>What the journal keeps of a plan, so that a change can be taken back long after its plan is gone.</summary>
internal static class PlanTrace
{
    // Areas have keys of their own, such as "kind".
    public const string Kind = "change.kind";
    public const string Parent = "change.parent";
    public const string Undoes = "change.undoes";
    private const string Format = "change.format", Hash = "change.plan", Version = "change.version", Summary = "change.summary";

    /// <summary>What the plan's arguments begin with.</summary>
    public const string Argument = "argument.";

    /// <summary>What stands in the journal's first line of a planned change.</summary>
    public static Dictionary<string, string> Of(ChangePlan plan, string? parent = null)
    {
        var data = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Kind] = plan.Kind, [Format] = plan.Format.ToString(CultureInfo.InvariantCulture), [Hash] = plan.Hash, [Summary] = plan.Summary,
            [Version] = typeof(PlanTrace).Assembly.GetName().Version!.ToString(3),
        };
        if (parent is not null) data[Parent] = parent;
        foreach ((string name, string value) in plan.Arguments) data[Argument + name] = value;
        return data;
    }

    /// <summary>The plan as far as the journal has it; null for a change that no plan made.</summary>
    public static ChangePlan? Read(JournalEntry entry, string environment) => entry.Kind is null ? null : new ChangePlan
    {
        Environment = environment, Kind = entry.Kind, Action = entry.Action, Target = entry.Target, PlannedAt = entry.StartedAt,
        Format = int.TryParse(entry.Data.GetValueOrDefault(Format), NumberStyles.None, CultureInfo.InvariantCulture, out int format) ? format : 0,
        Summary = entry.Data.GetValueOrDefault(Summary) ?? "",
        Arguments = entry.Data.Where(d => d.Key.StartsWith(Argument, StringComparison.Ordinal)).ToDictionary(d => d.Key[Argument.Length..], d => d.Value),
    };
}
