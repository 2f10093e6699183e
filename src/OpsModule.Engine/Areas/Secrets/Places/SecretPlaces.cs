using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Kubernetes.Secrets;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>Opens the places where a secret's value stands.</summary>
internal static class SecretPlaces
{
    /// <summary>The places of an entry, in its order; nothing is read yet.</summary>
    /// <exception cref="OpsException"><c>SecretPlaceUnsupported</c>: what is said of one leads to none.</exception>
    public static IReadOnlyList<ISecretPlace> Open(OpsContext context, SecretEntry entry) => OpenTexts(context, entry);

    /// <summary>The same, with who reads them.</summary>
    public static IReadOnlyList<TextPlace> OpenTexts(OpsContext context, SecretEntry entry)
    {
        ProjectReading project = ProjectReading.Of(context);
        var cluster = new NamespaceSecrets(context.Environment.Platform, context.Reporter);
        return [.. entry.Uses.Select(use => Open(context, entry.Name, use, project, cluster))];
    }

    private static TextPlace Open(OpsContext context, string name, SecretUse use, ProjectReading project, NamespaceSecrets cluster)
    {
        if (use.Secret is not null)
            return context.Environment.Platform.Kind != PlatformKind.Kubernetes
                ? throw Unsupported(name, $"the Secret {use.Secret} is of a cluster, and the platform is {context.Environment.Platform}")
                : use.Key is null ? throw Unsupported(name, $"of the Secret {use.Secret} no key is named")
                : new ClusterSecretPlace(context, use, cluster);
        if (use.Service is not null)
            return use.Key is null ? throw Unsupported(name, $"of environment: of {use.Service} no key is named")
                : new ComposeScalarPlace(context, use, project);
        if (use.File is null) throw Unsupported(name, "one of its uses names no file, no service and no Secret");
        return use.Key is null ? new WholeFilePlace(context, use, project) : new EnvFilePlace(context, use, project);
    }

    private static OpsException Unsupported(string name, string why) => PlaceErrors.PlaceUnsupported.Make(
        $"The uses of {name} cannot all be found: {why}.",
        "Write file: and key: (an env file), file: alone (the whole file), service: and key: (a compose file), or secret: and key:.", name);
}
