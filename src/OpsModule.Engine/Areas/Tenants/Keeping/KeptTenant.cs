namespace OpsModule.Engine.Areas.Tenants.Keeping;

/// <summary>What the state folder keeps of a tenant that is suspended. It holds no secret.</summary>
internal sealed record KeptTenant
{
    /// <summary>The tenant.</summary>
    public required string Tenant { get; init; }

    /// <summary>The change that suspended it.</summary>
    public required string Change { get; init; }

    /// <summary>Since when, UTC.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>When it is lifted by itself, UTC; null for never.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The entry of the schedule that lifts it.</summary>
    public string? Runner { get; init; }

    /// <summary>Why.</summary>
    public string? Reason { get; init; }

    /// <summary>What lifting needs to know of each step, as <c>step.key</c>.</summary>
    public IReadOnlyDictionary<string, string> Before { get; init; } = new Dictionary<string, string>();

    /// <summary>What cuts it off, in words.</summary>
    public IReadOnlyList<string> Parts { get; init; } = [];

    /// <summary>Whether each instance was seen refusing it.</summary>
    public bool IsProven { get; init; }

    /// <summary>What was seen.</summary>
    public IReadOnlyList<string> Proofs { get; init; } = [];

    /// <summary>From the first step until each instance was seen refusing it, in seconds.</summary>
    public double? Seconds { get; init; }

    /// <summary>That this took longer than it may, in words; null where it did not.</summary>
    public string? Late { get; init; }

    /// <summary>When it was to be lifted, UTC, before somebody suspended it anew without an end; null where nobody did.</summary>
    public DateTimeOffset? Held { get; init; }

    /// <summary>How often it was cut off once more: what began to let it in before that counts no more.</summary>
    public int Round { get; init; }

    /// <summary>Whether letting it in again has begun since it was cut off last.</summary>
    public bool IsLifting { get; init; }

    /// <summary>The steps that are lifted since it was cut off last.</summary>
    public IReadOnlyList<string> Lifted { get; init; } = [];

    /// <summary>What a cmdlet shows of it.</summary>
    public TenantRecord ToRecord(TenantStatus status, string message) => new()
    {
        Tenant = Tenant, Status = status, IsProven = IsProven, Since = Since, Until = Until, Runner = Runner, Reason = Reason,
            Parts = Parts,
        Proofs = Proofs, Seconds = Seconds, Change = Change, Message = message,
    };
}
