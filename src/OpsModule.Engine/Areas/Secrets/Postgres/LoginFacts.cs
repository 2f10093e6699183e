namespace OpsModule.Engine.Areas.Secrets.Postgres;

/// <summary>What a role is and has, as far as one login must be like another to take its place.</summary>
internal sealed record LoginFacts
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its object id.</summary>
    public required string Oid { get; init; }

    /// <summary>May log in.</summary>
    public bool CanLogin { get; init; }

    /// <summary>May do everything.</summary>
    public bool Superuser { get; init; }

    /// <summary>INHERIT, CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS, as words.</summary>
    public IReadOnlyList<string> Attributes { get; init; } = [];

    /// <summary>How many sessions it may have; -1 for any number.</summary>
    public int ConnectionLimit { get; init; } = -1;

    /// <summary>Until when its password counts, as PostgreSQL writes it; null for ever.</summary>
    public string? ValidUntil { get; init; }

    /// <summary>True when that time is over.</summary>
    public bool IsExpired { get; init; }

    /// <summary>May connect to the database.</summary>
    public bool MayConnect { get; init; }

    /// <summary>What its sessions begin with in the database, as <c>name=value</c>, without the role.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>The role that its sessions in the database act as; null for itself.</summary>
    public string? ActsAs { get; init; }

    /// <summary>The roles that it is a member of by itself.</summary>
    public IReadOnlyList<string> Memberships { get; init; } = [];

    /// <summary>What it owns in the database, and default privileges of its own, in words.</summary>
    public IReadOnlyList<string> Owned { get; init; } = [];

    /// <summary>What names it in a grant or a policy, in words.</summary>
    public IReadOnlyList<string> Granted { get; init; } = [];

    /// <summary>Other databases in which it owns something or is granted something.</summary>
    public IReadOnlyList<string> Elsewhere { get; init; } = [];

    /// <summary>How many sessions it has now.</summary>
    public int Sessions { get; init; }

    /// <summary>What the server keeps of its password: <c>scram</c>, <c>md5</c>, <c>none</c>; null where that may not be read.</summary>
    public string? Password { get; init; }

    /// <summary>How often its password is hashed; 0 where that is not known.</summary>
    public int Iterations { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
