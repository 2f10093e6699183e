using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Guarding;

/// <summary>
/// Values that a build puts into what browsers are given (and into the image): new containers of the same image have the old value. Each of
/// these frameworks takes variables of its own prefix in when it builds.
/// </summary>
internal static class BuiltVariables
{
    /// <summary>The prefixes, with the framework. Nuxt's <c>NUXT_PUBLIC_</c> is none: that is read when it starts.</summary>
    public static IReadOnlyList<(string Prefix, string Framework)> All { get; } =
    [
        ("NEXT_PUBLIC_", "Next.js"), ("VITE_", "Vite"), ("REACT_APP_", "Create React App"), ("GATSBY_", "Gatsby"), ("VUE_APP_", "Vue CLI"),
        ("EXPO_PUBLIC_", "Expo"), ("STORYBOOK_", "Storybook"), ("PUBLIC_", "Astro and SvelteKit"), ("PREACT_APP_", "Preact CLI"),
    ];

    /// <summary>Refuses a use that is built in and does not say so.</summary>
    /// <exception cref="OpsException"><c>SecretBuiltIn</c>.</exception>
    public static void Check(SecretEntry entry, IReadOnlyList<TextPlace> places)
    {
        foreach (TextPlace place in places.Where(p => !p.Use.Build))
        {
            PlaceReader? built = place.Readers.FirstOrDefault(r => r.IsBuilt);
            string? name = new[] { place.Use.Key }.Concat(place.Readers.Select(r => r.Variable)).OfType<string>()
                .FirstOrDefault(n => Framework(n) is not null);
            if (built is null && name is null) continue;
            string why = built is not null ? $"{built.Service} is built with it (build: args: of the compose file)"
                : $"{Framework(name!)} puts {name} into what it builds";
            throw PlaceErrors.BuiltIn.Make(
                $"To replace containers would leave the old value of {entry.Name} in them: {why}, and {place.Words} does not say so.",
                "Say build: true at that use: the image is then built anew and rolled out. Where it is read when the service starts, give "
                    + "it another name.", entry.Name);
        }
    }

    private static string? Framework(string name) => All.FirstOrDefault(p => name.StartsWith(p.Prefix, StringComparison.Ordinal)).Framework;
}
