using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Tenants.Proving;

/// <summary>What the instances said of a tenant that is cut off, and of others.</summary>
/// <param name="Answers">Of the tenant.</param>
/// <param name="Others">Of others.</param>
/// <param name="SeenAt">The clock's mark of when the tenant's own were there; others may take longer.</param>
internal sealed record ProofRound(IReadOnlyList<ProofAnswer> Answers, OthersSeen Others, long SeenAt)
{
    /// <summary>All of it, in sentences.</summary>
    public IReadOnlyList<string> Words => [.. Answers.Select(a => a.Words), .. Others.Words];

    /// <summary>What is not as it has to be: who serves the tenant, or says nothing, and others of whom nobody could see that they are
    /// served.</summary>
    public IReadOnlyList<ProofAnswer> Bad => [.. Answers.Where(a => a.Said != ProofSaid.Refused), .. Others.Unproven];

    /// <summary>What that is called.</summary>
    public ErrorCode Code => Answers.Any(a => a.Said == ProofSaid.Served) ? TenantErrors.TenantStillServed : TenantErrors.TenantNotProven;
}
