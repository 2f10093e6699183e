namespace OpsModule.Engine.Areas.Attacks.Counting;

/// <summary>What is known of one value, besides how often it came.</summary>
internal struct OffenderDetail
{
    public long First, Last;
    public int Categories;
    public AttackSeverity Severity;

    public void Add(AttackMatch match)
    {
        Categories |= 1 << (int)match.Category;
        if (match.Severity > Severity) Severity = match.Severity;
        if (match.Time is not { } time) return;
        if (First == 0 || time.UtcTicks < First) First = time.UtcTicks;
        if (time.UtcTicks > Last) Last = time.UtcTicks;
    }
}

/// <summary>Counts matches by one key, and keeps the most frequent.</summary>
internal sealed class OffenderCounter(AttackKey by, int places)
{
    private const int LongestValue = 200;

    private readonly HeavyHitters<OffenderDetail> _values = new(places);

    public void Add(AttackMatch match)
    {
        if (ValueOf(match, by) is { } value) _values.Add(value, match.Attempts).Add(match);
    }

    /// <summary>The most frequent, the most frequent first.</summary>
    public IReadOnlyList<AttackOffender> Top(int count) => _values.Top(count).Select(Make).ToArray(); // PowerShell reaches into arrays by [0], and not into what [..] makes

    /// <summary>The value by which a match counts; null when it has none. A long path is cut, so that memory stays bounded.</summary>
    public static string? ValueOf(AttackMatch match, AttackKey by)
    {
        string? value = by switch
        {
            AttackKey.Address => match.ClientAddress,
            AttackKey.Tenant => match.Tenant,
            AttackKey.Path => match.Path,
            AttackKey.Rule => match.Rule,
            _ => match.Source,
        };
        return string.IsNullOrEmpty(value) ? null : value.Length <= LongestValue ? value : value[..LongestValue];
    }

    private AttackOffender Make(HeavyHitter<OffenderDetail> found) => new()
    {
        By = by,
        Value = found.Value,
        Count = found.Count,
        CountError = found.Error,
        FirstTime = found.Detail.First == 0 ? null : new DateTimeOffset(found.Detail.First, TimeSpan.Zero),
        LastTime = found.Detail.Last == 0 ? null : new DateTimeOffset(found.Detail.Last, TimeSpan.Zero),
        Categories = (AttackCategory[])[.. Enum.GetValues<AttackCategory>().Where(c => (found.Detail.Categories & (1 << (int)c)) != 0)],
        Severity = found.Detail.Severity,
    };
}
