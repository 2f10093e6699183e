using System.Globalization;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>A lockdown as it stands in the arguments of its plan.</summary>
internal sealed record LockdownOrder
{
    private const string ReasonKey = "reason", SinceKey = "since", SkipKey = "skip";

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>From when on logs are kept, UTC.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What is left out.</summary>
    public IReadOnlyList<LockdownPart> Skip { get; init; } = [];

    /// <summary>True where a part before has failed, so that the lockdown itself is gone on with. It stands in no plan.</summary>
    public bool HasOpenParts { get; init; }

    /// <summary>Reads it from a plan, which may be of a file that somebody wrote.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static LockdownOrder Read(ChangePlan plan)
    {
        string[] skipped = plan.Arguments.GetValueOrDefault(SkipKey, "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new LockdownOrder
        {
            Reason = plan.Arguments[ReasonKey],
            Since = DateTimeOffset.ParseExact(plan.Arguments[SinceKey], "O", CultureInfo.InvariantCulture),
            Skip = [.. skipped.Select(s => Enum.TryParse(s, ignoreCase: false, out LockdownPart part) && Enum.IsDefined(part) ? part
                : throw new FormatException($"'{s}' is no part of a lockdown."))],
        };
    }

    /// <summary>Writes it into a plan's arguments.</summary>
    public Dictionary<string, string> Write()
    {
        var arguments = new Dictionary<string, string>
        {
            [ReasonKey] = Reason, [SinceKey] = Since.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture),
        };
        if (Skip.Count > 0) arguments[SkipKey] = string.Join(' ', Skip.Distinct().Order());
        return arguments;
    }
}
