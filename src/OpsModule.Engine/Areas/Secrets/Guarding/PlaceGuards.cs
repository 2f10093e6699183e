using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Finding;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Guarding;

/// <summary>What is looked at before a rotation: whether the places are all, and whether to write them changes anything.</summary>
internal static class PlaceGuards
{
    private const int MostNamed = 8;

    /// <summary>Looks; what is found and does not forbid it comes back in sentences.</summary>
    /// <exception cref="OpsException"><c>SecretBuiltIn</c>, <c>SecretFirstStartOnly</c>, <c>SecretUsedElsewhere</c>.</exception>
    public static async Task<IReadOnlyList<string>> LookAsync(OpsContext context, SecretEntry entry, SecretMaterial current,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<TextPlace> places = SecretPlaces.OpenTexts(context, entry);
        BuiltVariables.Check(entry, places);
        var said = new List<string>(FirstStartVariables.Check(context, entry, places, ProjectReading.Of(context).Services));
        said.AddRange(ShellOverride.Find(places));
        if (current.Value.Length < SecretNeedle.Least)
        {
            said.Add($"its value has fewer than {SecretNeedle.Least} characters, so that nobody looked whether it stands elsewhere, too");
            return said;
        }
        SecretUseRecord[] elsewhere = [.. (await new SecretUseFinder(context).FindAsync(entry, current, cancellationToken)
            .ConfigureAwait(false)).Where(u => !u.IsDeclared)];
        if (elsewhere.Length == 0) return said;
        string names = string.Join(", ", elsewhere.Take(MostNamed)) + (elsewhere.Length > MostNamed
            ? $" and {elsewhere.Length - MostNamed} more" : "");
        throw FindingErrors.UndeclaredUse.Make($"The value of {entry.Name} also stands where nobody has declared it: {names}.",
            $"Name these under secrets.{entry.Name}.uses, or take the value away there. Find-OpsSecretUse {entry.Name} shows all.",
            entry.Name);
    }
}
