using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>What is meant by a name of a secret, wherever one is taken: the same wildcards, and the same error where nothing is.</summary>
internal static class SecretNames
{
    /// <summary>The names that are meant, as the environment file has them.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="names">Names in any case and with wildcards; null for all.</param>
    /// <param name="fail">Told of each name that means none (<c>SecretUnknown</c>), and of each pattern that nothing fits.</param>
    public static IReadOnlyList<string> Choose(OpsEnvironment environment, IReadOnlyList<string>? names, Action<OpsException> fail)
    {
        string[] known = [.. EntriesOf(environment).Keys];
        return names is null ? known : NamePattern.ChooseAll(names, known, "secret", name => Unknown(environment, name), fail);
    }

    /// <summary>The entry of one.</summary>
    /// <param name="environment">The environment.</param>
    /// <param name="name">Its name, as the environment file has it.</param>
    /// <exception cref="OpsException"><c>SecretUnknown</c>.</exception>
    public static SecretEntry Find(OpsEnvironment environment, string name) =>
        EntriesOf(environment).GetValueOrDefault(name) ?? throw Unknown(environment, name);

    private static IReadOnlyDictionary<string, SecretEntry> EntriesOf(OpsEnvironment environment) =>
        environment.Section<SecretsSettings>().Entries;

    private static OpsException Unknown(OpsEnvironment environment, string name)
    {
        IReadOnlyDictionary<string, SecretEntry> known = EntriesOf(environment);
        string other = NearestName.Of(name, known.Keys) is { } near ? $". Did you mean {near}?"
            : known.Count == 0 ? ", and no other." : $"; it has: {string.Join(", ", known.Keys)}.";
        return SecretErrors.SecretUnknown.Make($"The environment {environment.Name} has no secret {name}{other}",
            "Name one of them, or add it under secrets: in the environment file.", name);
    }
}
