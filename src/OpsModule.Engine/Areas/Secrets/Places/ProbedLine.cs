using OpsModule.Connections.Platforms.Compose.Changing;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>A line of an env file of which Compose is to be asked whether it is a value.</summary>
/// <param name="Path">The file.</param>
/// <param name="Key">The variable.</param>
/// <param name="Text">The line, as it would stand there.</param>
/// <param name="Value">The value that must come back.</param>
/// <param name="Refused">Makes the error where it does not, of words that say why.</param>
internal sealed record ProbedLine(string Path, string Key, string Text, string Value, Func<string, OpsException> Refused)
{
    /// <summary>Asks for all of them, whose names differ, at once; where that does not go well, for each.</summary>
    /// <exception cref="OpsException">What the first line that is no value makes.</exception>
    public static async Task ProveAsync(OpsContext context, IReadOnlyList<ProbedLine> lines, CancellationToken ct)
    {
        if (await FindWrongAsync(context, lines, ct).ConfigureAwait(false) is not { } wrong) return;
        if (lines is [var only]) throw only.Refused(wrong);
        foreach (ProbedLine line in lines) await ProveAsync(context, [line], ct).ConfigureAwait(false);
    }

    public override string ToString() => $"{Path}#{Key}";

    private static async Task<string?> FindWrongAsync(OpsContext context, IReadOnlyList<ProbedLine> lines, CancellationToken ct)
    {
        string text = string.Concat(lines.Select(l => l.Text.TrimStart('\uFEFF').TrimEnd('\n') + "\n"));
        return (await ComposeValues.ProbeAsync(PlaceFile.FolderOf(context), text, lines.ToDictionary(l => l.Key, l => l.Value), ct)
            .ConfigureAwait(false))?.Words;
    }
}
