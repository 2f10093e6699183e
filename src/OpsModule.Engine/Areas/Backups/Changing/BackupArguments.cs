using System.Globalization;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Bytes;

namespace OpsModule.Engine.Areas.Backups.Changing;

/// <summary>What the plan of a backup says: what is backed up, to which stores, and how.</summary>
internal sealed record BackupArguments
{
    /// <summary>The figure that progress is told by.</summary>
    public const string Bytes = "bytes without indexes";

    private const string Label = "label.";

    public BackupKind Kind { get; init; }

    public required string Name { get; init; }

    /// <summary>Null for the whole database.</summary>
    public string? Tenant { get; init; }

    public required IReadOnlyList<string> Stores { get; init; }

    public required Compression Compression { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>As they stand in a plan.</summary>
    public Dictionary<string, string> Write()
    {
        var arguments = new Dictionary<string, string>
        {
            [Kind.Word()] = Name, ["stores"] = string.Join('\n', Stores), ["compression"] = Compression.ToString(),
        };
        if (Tenant is not null) arguments["tenant"] = Tenant;
        foreach ((string name, string value) in Labels) arguments[Label + name] = value;
        return arguments;
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="FormatException">A compression that is none, or no store.</exception>
    /// <exception cref="KeyNotFoundException">Something is missing.</exception>
    public static BackupArguments Read(ChangePlan plan, BackupKind kind)
    {
        IReadOnlyDictionary<string, string> given = plan.Arguments;
        string[] stores = given["stores"].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (stores.Length == 0) throw new FormatException("it names no store.");
        // Auto is decided where it is planned: the key of the object says which it is.
        if (!Enum.TryParse(given["compression"], out Compression compression) || !Enum.IsDefined(compression)
            || compression == Compression.Auto) throw new FormatException($"{given["compression"]} is no compression.");
        return new BackupArguments
        {
            Kind = kind, Name = given[kind.Word()], Tenant = given.GetValueOrDefault("tenant"), Stores = stores, Compression = compression,
            Labels = given.Where(a => a.Key.StartsWith(Label, StringComparison.Ordinal))
                .ToDictionary(a => a.Key[Label.Length..], a => a.Value),
        };
    }

    /// <summary>How much there was when it was planned; 0 where the plan does not say.</summary>
    public static long BytesOf(ChangePlan plan) => long.TryParse(plan.Figures.FirstOrDefault(f => f.Name == Bytes)?.Value,
        NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out long bytes) ? bytes : 0;

    /// <summary>The lock's and the journal's name of what is backed up.</summary>
    public string Target => new BackupSubject(Kind, Name, Tenant).Target;

    /// <summary>What it is of, for people.</summary>
    public string Words => new BackupSubject(Kind, Name, Tenant).Words;
}
