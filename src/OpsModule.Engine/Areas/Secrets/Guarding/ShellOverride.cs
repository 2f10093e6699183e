using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Guarding;

/// <summary>
/// A variable of the operator's own shell counts more for Compose than the same name in the project's <c>.env</c>. What is exported there
/// is what containers get that are made anew, whatever was written.
/// </summary>
internal static class ShellOverride
{
    /// <summary>Those that would count more than a place, each with the place; never with a value.</summary>
    public static IReadOnlyList<(string Name, string Words)> Find(IReadOnlyList<TextPlace> places) =>
        [.. from place in places.OfType<EnvFilePlace>()
            where place.IsOfProject
            from name in place.Readers.Select(r => r.Variable).OfType<string>().Prepend(place.Key).Distinct()
            where Environment.GetEnvironmentVariable(name) is not null
            select (name, $"This shell has a variable {name}, which Compose takes in the place of {place.Words}: containers that are made "
                + "from this shell get its value, and not what is written")];

    /// <summary>What is to be done about one.</summary>
    public static string RemedyOf(string name) => $"Take it away here, and where it is set: Remove-Item Env:{name}, or unset {name}.";

    /// <summary>Refuses a rotation while there is one.</summary>
    /// <exception cref="OpsException"><c>SecretShellOverrides</c>.</exception>
    public static void Refuse(SecretEntry entry, IReadOnlyList<TextPlace> places)
    {
        if (Find(places) is [var (name, words), ..]) throw PlaceErrors.ShellOverrides.Make(words + ".", RemedyOf(name), entry.Name);
    }
}
