using OpsModule.Engine.Areas.Imports.Files;

namespace OpsModule.Engine.Areas.Imports;

/// <summary>What a dump was found to be, read to its end.</summary>
internal sealed record DumpFacts
{
    /// <summary>Its full path.</summary>
    public required string Path { get; init; }

    /// <summary>What it is written as.</summary>
    public required DumpFormat Format { get; init; }

    /// <summary>What the file is packed with; null for nothing.</summary>
    public string? Packing { get; init; }

    /// <summary>Its size.</summary>
    public long Bytes { get; init; }

    /// <summary>When it was written last.</summary>
    public DateTimeOffset ModifiedAt { get; init; }

    /// <summary>When pg_dump ran, by the clock on the wall where it ran.</summary>
    public DateTime? MadeAt { get; init; }

    /// <summary>SHA-256 of the file; of a folder, over its files.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The version of the server that was dumped; empty where the dump does not say.</summary>
    public string ServerVersion { get; init; } = "";

    /// <summary>How many tables it makes.</summary>
    public int Tables { get; init; }

    /// <summary>How many rows they have.</summary>
    public long Rows { get; init; }

    /// <summary>Tables of which the dump has no rows at all.</summary>
    public IReadOnlyList<string> WithoutRows { get; init; } = [];

    /// <summary>The schemas that it has things in.</summary>
    public IReadOnlyList<string> Schemas { get; init; } = [];

    /// <summary>True when it has rows and makes no tables for them.</summary>
    public bool IsDataOnly { get; init; }

    /// <summary>Extensions that it makes, with their schemas.</summary>
    public IReadOnlyList<(string Name, string? Schema)> Extensions { get; init; } = [];

    /// <summary>Why it must be loaded into a throwaway server; null when it is taken as it is.</summary>
    public string? WhyLoaded { get; init; }

    /// <summary>Whether it says which locale its database has.</summary>
    public bool SaysLocale { get; init; } = true;

    /// <summary>What it is, for people.</summary>
    public string Words => Format switch
    {
        DumpFormat.Custom => "archive (custom format)",
        DumpFormat.Tar => "archive (tar format)",
        DumpFormat.Directory => "archive (directory format)",
        _ => "SQL script",
    } + (Packing is null ? "" : $", packed with {Packing}");
}
