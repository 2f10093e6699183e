using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Lockdown.Parts;

/// <summary>In an emergency one thing that cannot be done keeps none of the others from being done: it is told instead.</summary>
internal static class OrTold
{
    /// <summary>Does it; a failure is told, but for being stopped.</summary>
    /// <param name="what">What it is; null where the message says it.</param>
    /// <param name="failed">Takes the words of a failure.</param>
    /// <param name="work">Does it.</param>
    /// <param name="ct">Ends it.</param>
    public static async Task TryAsync(string? what, ICollection<string> failed, Func<Task> work, CancellationToken ct)
    {
        try { await work().ConfigureAwait(false); }
        catch (Exception e) when (!ct.IsCancellationRequested) { failed.Add(Words(what, e)); }
    }

    /// <summary>A failure in words, with its remedy.</summary>
    public static string Words(string? what, Exception e) =>
        $"{(what is null ? "" : what + ": ")}{e.Message} {(e as OpsException)?.RecommendedAction}".TrimEnd();
}
