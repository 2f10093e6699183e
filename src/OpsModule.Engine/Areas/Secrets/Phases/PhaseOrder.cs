using System.Globalization;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Phases;

/// <summary>A rotation in phases as it stands in the arguments of its plan. It holds no value.</summary>
internal sealed record PhaseOrder
{
    private const char Separator = ' ';

    /// <summary>The secret.</summary>
    public required string Name { get; init; }

    /// <summary>The fingerprint of the value that counts when it is planned.</summary>
    public required string From { get; init; }

    /// <summary>
    /// How long the old value is accepted after the last instance has used it; null where all that it was used for ends at once.
    /// </summary>
    public TimeSpan? Overlap { get; init; }

    /// <summary>True where the new value takes the place of all that places accept, whoever has them.</summary>
    public bool IsAlone { get; init; }

    /// <summary>The services that read it.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>When it begins at the earliest, UTC.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Why it is done.</summary>
    public string? Reason { get; init; }

    /// <summary>The target, which is that of any rotation of the secret.</summary>
    public string Target => RotationOrder.TargetOf(Name);

    /// <summary>Reads it from a plan, which may be of a file that somebody wrote.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static PhaseOrder Read(ChangePlan plan)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        return new PhaseOrder
        {
            Name = given["name"], From = given["from"], Reason = given.GetValueOrDefault("reason"),
            Services = given.GetValueOrDefault("services", "").Split(Separator, StringSplitOptions.RemoveEmptyEntries),
            // A plan that lost it would end all sessions without having said so.
            Overlap = given["overlap"] is "none" ? null : TimeSpan.ParseExact(given["overlap"], "c", CultureInfo.InvariantCulture),
            IsAlone = given.ContainsKey("alone"),
            NotBefore = given.TryGetValue("not-before", out string? before)
                ? DateTimeOffset.ParseExact(before, "O", CultureInfo.InvariantCulture) : null,
        };
    }

    /// <summary>Writes it into a plan's arguments.</summary>
    public Dictionary<string, string> Write() => new (string Name, string? Value)[]
    {
        ("name", Name), ("from", From), ("reason", Reason),
        ("services", Services.Count == 0 ? null : string.Join(Separator, Services)),
        ("overlap", Overlap?.ToString("c", CultureInfo.InvariantCulture) ?? "none"),
        ("alone", IsAlone ? "true" : null),
        ("not-before", NotBefore?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)),
    }.Where(a => a.Value is not null).ToDictionary(a => a.Name, a => a.Value!);
}
