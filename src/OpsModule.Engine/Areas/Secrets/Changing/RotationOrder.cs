using System.Globalization;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Secrets.Changing;

/// <summary>One secret's rotation as it stands in the arguments of its parts. It holds no value.</summary>
internal sealed record RotationOrder
{
    private const char Separator = ' ';

    /// <summary>The secret.</summary>
    public required string Name { get; init; }

    /// <summary>The login that the new value is for; null for that of the old one, or none.</summary>
    public string? Login { get; init; }

    /// <summary>The fingerprint of the value that counts when it is planned.</summary>
    public required string From { get; init; }

    /// <summary>The fingerprint of a value that was handed in; null for one that is made.</summary>
    public string? HandedIn { get; init; }

    /// <summary>The services that read it.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>How long the old value stays valid; null for no longer than its sessions last.</summary>
    public TimeSpan? Overlap { get; init; }

    /// <summary>True where old and new are accepted at the same time.</summary>
    public bool Overlaps { get; init; }

    /// <summary>True where the value that counts was not accepted when this was planned.</summary>
    public bool Mends { get; init; }

    /// <summary>What people do to end the old one; null where it is ended here.</summary>
    public string? ByHand { get; init; }

    /// <summary>When it begins at the earliest, UTC.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Why it is done.</summary>
    public string? Reason { get; init; }

    /// <summary>Reads it from a plan, which may be of a file that somebody wrote.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static RotationOrder Read(ChangePlan plan)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        return new RotationOrder
        {
            Name = given["name"], Login = given.GetValueOrDefault("login"), From = given["from"],
            HandedIn = given.GetValueOrDefault("handed-in"), ByHand = given.GetValueOrDefault("by-hand"),
            Services = given.GetValueOrDefault("services", "").Split(Separator, StringSplitOptions.RemoveEmptyEntries),
            Overlap = given.TryGetValue("overlap", out string? overlap)
                ? TimeSpan.ParseExact(overlap, "c", CultureInfo.InvariantCulture) : null,
            Overlaps = given["overlaps"] switch { "true" => true, "false" => false, var other =>
                throw new FormatException($"'{other}' is no truth.") },
            Mends = given.ContainsKey("mends"),
            NotBefore = given.TryGetValue("not-before", out string? before)
                ? DateTimeOffset.ParseExact(before, "O", CultureInfo.InvariantCulture) : null,
            Reason = given.GetValueOrDefault("reason"),
        };
    }

    /// <summary>Writes it into a plan's arguments.</summary>
    public Dictionary<string, string> Write() => new (string Name, string? Value)[]
    {
        ("name", Name), ("login", Login), ("from", From), ("handed-in", HandedIn),
        ("services", Services.Count == 0 ? null : string.Join(Separator, Services)),
        ("overlap", Overlap?.ToString("c", CultureInfo.InvariantCulture)), ("overlaps", Overlaps ? "true" : "false"),
        ("mends", Mends ? "true" : null),
        ("by-hand", ByHand), ("not-before", NotBefore?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture)), ("reason", Reason),
    }.Where(a => a.Value is not null).ToDictionary(a => a.Name, a => a.Value!);

    /// <summary>The target of a secret.</summary>
    public static string TargetOf(string name) => "secret/" + name;
}
