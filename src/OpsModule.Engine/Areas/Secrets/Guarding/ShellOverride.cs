using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;

namespace OpsModule.Engine.Areas.Secrets.Guarding;

/// <summary>
/// A variable of the operator's own shell counts more for Compose than the same name in the project's <c>.env</c>. What is exported there
/// is what containers get that are made anew, whatever was written.
/// </summary>
internal static class ShellOverride
{
    /// <summary>Those that would count more than a place, in sentences that do not say their values.</summary>
    public static IReadOnlyList<string> Find(IReadOnlyList<TextPlace> places) =>
        [.. from place in places.OfType<EnvFilePlace>()
            where place.IsOfProject
            from name in NamesOf(place).Distinct()
            where Environment.GetEnvironmentVariable(name) is not null
            select $"this shell has a variable {name}, which Compose takes in the place of {place.Words}: "
                + $"OpsModule runs Compose without it; "
                + $"before you run 'docker compose up' here, take it away (Remove-Item Env:{name}, unset {name})"];

    /// <summary>Runs Compose, and reads its files, without them: for the caller and whatever it starts, until it is disposed.</summary>
    public static IDisposable Clean(IReadOnlyList<TextPlace> places) => ComposeShell.Hide(Names(places));

    /// <summary>The same for the places of secrets; those that the environment file has no more hide nothing.</summary>
    public static IDisposable Clean(OpsContext context, IEnumerable<string> secrets)
    {
        IReadOnlyDictionary<string, SecretEntry> all = context.Environment.Section<SecretsSettings>().Entries;
        return Clean([.. secrets.Select(all.GetValueOrDefault).OfType<SecretEntry>().SelectMany(e => SecretPlaces.OpenTexts(context, e))]);
    }

    private static IEnumerable<string> Names(IReadOnlyList<TextPlace> places) =>
        places.OfType<EnvFilePlace>().SelectMany(NamesOf).Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> NamesOf(EnvFilePlace place) =>
        new[] { place.Key }.Concat(place.Readers.Select(r => r.Variable).OfType<string>());
}
