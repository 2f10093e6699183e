namespace OpsModule.Engine.Changes.Plans;

/// <summary>
/// What a change is made to, as a path from the whole to the part: <c>database/main/tenant/demo</c>. A lock on it excludes changes of its
/// parts and of what it is a part of.
/// </summary>
/// <param name="Path">The path, as it stands in the journal.</param>
public sealed record Target(string Path)
{
    /// <summary>A service.</summary>
    public static Target Service(string name) => new("service/" + name);

    /// <summary>A database, or one tenant of it.</summary>
    public static Target Database(string name, string? tenant) =>
        new(tenant is null ? $"database/{name}" : $"database/{name}/tenant/{tenant}");

    /// <summary>What it is a part of, the whole first: <c>database/main</c> for a tenant of it. Kinds such as <c>database</c> are no wholes.</summary>
    public IEnumerable<string> Wholes
    {
        get
        {
            string[] parts = Path.Split('/');
            for (int taken = 2; taken < parts.Length; taken += 2) yield return string.Join('/', parts[..taken]);
        }
    }

    /// <summary>In words, the part first: <c>tenant demo of database main</c>.</summary>
    public string Words
    {
        get
        {
            string[] parts = Path.Split('/');
            return parts.Length % 2 == 1 ? Path : string.Join(" of ", parts.Chunk(2).Reverse().Select(p => $"{p[0]} {p[1]}"));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
