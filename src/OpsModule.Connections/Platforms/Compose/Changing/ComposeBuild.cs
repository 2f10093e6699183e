using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Compose.Changing;

/// <summary>Builds the image of a service whose compose files say how.</summary>
public static class ComposeBuild
{
    /// <summary>Builds it; other services that it needs are not built.</summary>
    /// <exception cref="OpsException"><c>ComposeMissing</c>, <c>ComposeFailed</c> with the end of what the build says.</exception>
    public static Task RunAsync(ChangeScope scope, InstanceModel model, bool noCache, CancellationToken cancellationToken) =>
        ComposeProgram.RunAsync(new ComposeSource(model.Files, model.Folder) { EnvFiles = model.EnvFiles }, model.Project,
            ["build", .. noCache ? (string[])["--no-cache"] : [], model.Service], cancellationToken);

    /// <summary>The names that the image may have: the one in the files, else those that Compose v2 and v1 give it.</summary>
    public static IReadOnlyList<string> NamesOf(InstanceModel model) =>
        model.Image is { } named ? [named] : [$"{model.Project}-{model.Service}", $"{model.Project}_{model.Service}"];
}
