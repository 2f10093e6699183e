namespace OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;

/// <summary>A table with a hash of each key.</summary>
internal sealed record ApiKeyTable
{
    /// <summary>The database, by its name in the environment file.</summary>
    public required string Database { get; init; }

    /// <summary>The table, with its schema or in <c>public</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The column with the id.</summary>
    public required string Id { get; init; }

    /// <summary>The column with the key's name.</summary>
    public required string Key { get; init; }

    /// <summary>The column with the hash.</summary>
    public required string Hash { get; init; }

    /// <summary><c>sha256</c> in hexadecimal, or <c>sha256-base64</c>.</summary>
    public string Algorithm { get; init; } = "sha256";

    /// <summary>The column that says that a key is revoked.</summary>
    public required string Revoked { get; init; }

    /// <summary>What it holds of one that is: <c>true</c>, <c>false</c>, <c>now</c>, or a text.</summary>
    public required string Value { get; init; }

    /// <summary>What it holds of one that is not; null for NULL.</summary>
    public string? Active { get; init; }

    /// <summary>The column that says when it was made; null where none does.</summary>
    public string? Created { get; init; }

    /// <summary>Further columns of a new row, and what they hold.</summary>
    public IReadOnlyDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>();
}
