using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Configuration.Changing;

/// <summary>What the plan of a backup of the configuration says.</summary>
internal sealed record ConfigurationBackupArguments
{
    private const string Label = "label.";

    /// <summary>The name that backups of it have: an environment has one configuration.</summary>
    public const string Name = "files";

    /// <summary>The lock's and the journal's name.</summary>
    public static string Target { get; } = new BackupSubject(BackupKind.Configuration, Name, null).Target;

    public required IReadOnlyList<string> Stores { get; init; }

    public required Compression Compression { get; init; }

    public required bool Redact { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>As they stand in a plan.</summary>
    public Dictionary<string, string> Write()
    {
        var arguments = new Dictionary<string, string>
        {
            ["stores"] = string.Join('\n', Stores), ["compression"] = Compression.ToString(), ["redact"] = Redact ? "true" : "false",
        };
        foreach ((string name, string value) in Labels) arguments[Label + name] = value;
        return arguments;
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">A compression that is none, or no store.</exception>
    /// <exception cref="KeyNotFoundException">Something is missing.</exception>
    public static ConfigurationBackupArguments Read(ChangePlan plan)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        string[] stores = given["stores"].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (stores.Length == 0) throw new FormatException("it names no store.");
        if (!Enum.TryParse(given["compression"], out Compression compression) || !Enum.IsDefined(compression)
            || compression == Compression.Auto) throw new FormatException($"{given["compression"]} is no compression.");
        return new ConfigurationBackupArguments
        {
            Stores = stores, Compression = compression, Redact = given["redact"] == "true",
            Labels = given.Where(a => a.Key.StartsWith(Label, StringComparison.Ordinal))
                .ToDictionary(a => a.Key[Label.Length..], a => a.Value),
        };
    }
}
