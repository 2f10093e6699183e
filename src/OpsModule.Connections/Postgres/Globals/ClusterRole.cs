namespace OpsModule.Connections.Postgres.Globals;

/// <summary>A role of a server, with what it may do. Its text form never holds the verifier.</summary>
public sealed record ClusterRole
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>May do everything.</summary>
    public bool Superuser { get; init; }

    /// <summary>Has the privileges of the roles that it is a member of.</summary>
    public bool Inherit { get; init; } = true;

    /// <summary>May make and change other roles.</summary>
    public bool CreateRole { get; init; }

    /// <summary>May make databases.</summary>
    public bool CreateDatabase { get; init; }

    /// <summary>May log in.</summary>
    public bool Login { get; init; }

    /// <summary>May read the stream of all changes.</summary>
    public bool Replication { get; init; }

    /// <summary>Is not held by row security.</summary>
    public bool BypassRowSecurity { get; init; }

    /// <summary>How many sessions it may have; -1 for any number.</summary>
    public int ConnectionLimit { get; init; } = -1;

    /// <summary>Until when its password counts, as PostgreSQL writes it in UTC; null for ever.</summary>
    public string? ValidUntil { get; init; }

    /// <summary>What the server keeps of its password; null where there is none, or where it may not be read.</summary>
    public string? Verifier { get; init; }

    /// <summary>Its comment.</summary>
    public string? Comment { get; init; }

    /// <summary>What lets it do more than its own objects allow, in PostgreSQL's words; empty for an ordinary role.</summary>
    public IReadOnlyList<string> Powers() =>
    [
        .. new (bool Has, string Word)[] { (Superuser, "SUPERUSER"), (CreateRole, "CREATEROLE"), (Replication, "REPLICATION"),
        (BypassRowSecurity, "BYPASSRLS") }
            .Where(p => p.Has).Select(p => p.Word),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
