namespace OpsModule.Engine.Areas.Schedules.Times;

/// <summary>One field of a cron expression: its numbers, or a day that each month reckons anew.</summary>
/// <param name="Values">The numbers in order; empty for a day that is reckoned.</param>
/// <param name="IsAll">True when no number is left out.</param>
internal sealed record CronField(IReadOnlyList<int> Values, bool IsAll)
{
    /// <summary>The day that is reckoned; null for numbers.</summary>
    public CronDay? Day { get; init; }

    /// <summary>The numbers as the plainest cron writes them.</summary>
    public string Text
    {
        get
        {
            if (IsAll) return "*";
            if (Values.Count > 2 && Values[^1] - Values[0] == Values.Count - 1) return $"{Values[0]}-{Values[^1]}";
            return string.Join(',', Values);
        }
    }

    /// <summary>The same where so many are the whole, so that what is evenly spread can be written as a step.</summary>
    public string TextOf(int whole) => !IsAll && Values.Count > 2 && Values[0] == 0 && StepOf(whole) is { } step ? $"*/{step}" : Text;

    /// <summary>How far apart they are, when they are evenly spread over the whole of so many; null otherwise.</summary>
    /// <param name="whole">60 minutes, 24 hours.</param>
    public int? StepOf(int whole) => Values.Count > 1 && whole % Values.Count == 0
        && Values.Select((v, i) => v - Values[0] == i * (whole / Values.Count)).All(fits => fits) ? whole / Values.Count : null;
}
