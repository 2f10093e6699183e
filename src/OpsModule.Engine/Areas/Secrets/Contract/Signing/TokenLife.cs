namespace OpsModule.Engine.Areas.Secrets.Contract.Signing;

/// <summary>How long what was signed is valid.</summary>
/// <param name="Lifetime">A token of access.</param>
/// <param name="Refresh">A token by which others are got; null where there is none.</param>
/// <param name="Skew">How far clocks of those who look at tokens may be apart.</param>
internal sealed record TokenLife(TimeSpan Lifetime, TimeSpan? Refresh, TimeSpan Skew)
{
    /// <summary>So long the old value must be accepted after the last instance has signed with it.</summary>
    public TimeSpan Longest => (Refresh is { } refresh && refresh > Lifetime ? refresh : Lifetime) + Skew;
}
