using System.Text.Json;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Configuration.Restoring;

/// <summary>What the plan of a restore of the configuration says.</summary>
/// <param name="Backup">The backup's id.</param>
/// <param name="Key">Its object's key.</param>
/// <param name="Store">The store that it is read from.</param>
/// <param name="Names">What is written, parents first; a name that ends in a slash is a folder that is not in the backup.</param>
internal sealed record RestoreConfigurationArguments(string Backup, string Key, string Store, IReadOnlyList<string> Names)
{
    /// <summary>As they stand in a plan.</summary>
    public Dictionary<string, string> Write() => new()
    {
        ["backup"] = Backup, ["key"] = Key, ["store"] = Store, ["names"] = JsonSerializer.Serialize(Names),
    };

    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">They are none of a restore of the configuration of this environment.</exception>
    /// <exception cref="KeyNotFoundException">Something is missing.</exception>
    public static RestoreConfigurationArguments Read(ChangePlan plan)
    {
        string key = plan.Arguments["key"];
        if (BackupKeys.IdOf(key, plan.Environment, BackupKind.Configuration) is var id && id != plan.Arguments["backup"])
            throw new FormatException($"its key is of {id}, and its backup is {plan.Arguments["backup"]}.");
        string[]? names;
        try { names = JsonSerializer.Deserialize<string[]>(plan.Arguments["names"]); }
        catch (JsonException e) { throw new FormatException("its names cannot be read.", e); }
        return names is { Length: > 0 } && names.Distinct().Count() == names.Length && names.All(n => n is not null)
            ? new(plan.Arguments["backup"], key, plan.Arguments["store"], names)
                : throw new FormatException("it names nothing, or something twice.");
    }
}
