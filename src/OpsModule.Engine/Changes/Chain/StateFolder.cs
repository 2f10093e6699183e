using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>The folder of journal and locks. It is used only while nobody else can put something into it.</summary>
internal static class StateFolder
{
    /// <summary>Makes the folder, or looks at the one that is there, before anything is written into it.</summary>
    /// <param name="stateDirectory">The environment's state folder.</param>
    /// <param name="below">A folder below it that is used, or null.</param>
    /// <param name="files">Files that are about to be opened: none of them may be a link.</param>
    /// <exception cref="OpsException"><c>StateNotTrusted</c>.</exception>
    public static void Prepare(string stateDirectory, string? below, params ReadOnlySpan<string> files)
    {
        // Before a folder is made in it, too: it may be a link to anywhere.
        if (Trust.Doubt(stateDirectory) is { } beforehand) throw NotTrusted(stateDirectory, beforehand);
        PrivateFile.CreateFolder(below ?? stateDirectory);
        if ((Trust.Doubt(stateDirectory) ?? (below is null ? null : LinkOrDoubt(below))) is { } doubt) throw NotTrusted(stateDirectory, doubt);
        foreach (string file in files)
            if (FileFacts.Of(file) is { IsLink: true }) throw NotTrusted(stateDirectory, $"{file} is a link");
    }

    private static string? LinkOrDoubt(string folder) => FileFacts.Of(folder) is { IsLink: true } ? $"{folder} is a link" : Trust.Doubt(folder);

    private static OpsException NotTrusted(string stateDirectory, string doubt) => new("StateNotTrusted", OpsErrorCategory.PermissionDenied,
        $"The state folder {stateDirectory} cannot be trusted: {doubt}. Somebody else could have other files overwritten through it, so nothing was changed.",
        $"Look at what lies in it, and remove links. Then give it to {Environment.UserName} alone: chown {Environment.UserName} and chmod go-w. Or set 'state:' in the environment file to a folder that nobody else may write to.", stateDirectory);
}
