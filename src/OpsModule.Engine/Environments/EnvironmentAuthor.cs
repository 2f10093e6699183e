using OpsModule.Connections.Platforms.Compose;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Environments;

/// <summary>What to write a new environment file from.</summary>
public sealed record NewEnvironmentRequest
{
    /// <summary>Full path of the file to write, or of the folder to write an <c>ops.yaml</c> in.</summary>
    public required string Path { get; init; }

    /// <summary>Full path of a compose file; null looks for one beside the new file.</summary>
    public string? ComposeFile { get; init; }

    /// <summary>The environment's name; null takes the compose project's or the folder's.</summary>
    public string? Name { get; init; }

    /// <summary>Replaces a file that is already there.</summary>
    public bool Force { get; init; }
}

/// <summary>A new environment file, not yet written.</summary>
/// <param name="File">Full path of the file.</param>
/// <param name="Text">What it will say.</param>
/// <param name="Summary">What was discovered, in words.</param>
/// <param name="Notes">What the operator must know or do by hand.</param>
public sealed record EnvironmentProposal(string File, string Text, string Summary, IReadOnlyList<string> Notes);

/// <summary>Writes new environment files.</summary>
public static class EnvironmentAuthor
{
    /// <summary>Looks at what is there and proposes a file; nothing is written.</summary>
    /// <exception cref="OpsException"><c>EnvironmentExists</c>, <c>ComposeFileMissing</c>, <c>ComposeFileInvalid</c>, <c>BadName</c>.</exception>
    public static EnvironmentProposal Propose(NewEnvironmentRequest request)
    {
        string file = FileOf(request.Path);
        string directory = Path.GetDirectoryName(file)!;
        if (File.Exists(file) && !request.Force)
            throw new OpsException("EnvironmentExists", OpsErrorCategory.ResourceExists, $"{file} is already there.",
                "Edit it, or give -Force to replace it.", file);
        if (request.ComposeFile is { } named && !File.Exists(named))
            throw new OpsException("ComposeFileMissing", OpsErrorCategory.ObjectNotFound, $"There is no compose file {named}.",
                "Correct -ComposeFile, or leave it out to write a file without services.", named);

        ComposeFile? compose = (request.ComposeFile ?? ComposeFileNames.FindIn(directory)) is { } path ? ComposeFile.Read(path) : null;
        string name = NameOf(request.Name, compose?.Project ?? Path.GetFileName(directory));
        EnvironmentDraft draft = compose is null ? new EnvironmentDraft(name, null) : EnvironmentDiscovery.Discover(compose, directory, name);
        string text = EnvironmentText.Write(draft);
        EnvironmentLoad check = EnvironmentLoader.LoadText(text, file);
        if (check.Environment is null)
            throw new OpsException("EnvironmentNotWritten", OpsErrorCategory.InvalidData,
                $"What was found in {compose?.Path} does not make a valid environment: {check.Findings[0].Message}",
                "Change the name in the compose file, or write ops.yaml by hand.", file);
        return new EnvironmentProposal(file, text, Summary(draft), draft.Notes);
    }

    /// <summary>Writes a proposal, beside and renamed, so that there is never half a file.</summary>
    public static OpsEnvironment Write(EnvironmentProposal proposal)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(proposal.File)!);
            UnixFileMode mode = !OperatingSystem.IsWindows() && File.Exists(proposal.File) ? File.GetUnixFileMode(proposal.File)
                : AtomicFile.Shared;
            AtomicFile.Write(proposal.File, System.Text.Encoding.UTF8.GetBytes(proposal.Text), mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("EnvironmentNotWritten", OpsErrorCategory.WriteError, $"{proposal.File} could not be written: {e.Message}",
                "Give -Path a folder that this user may write to.", proposal.File, e);
        }
        return EnvironmentLoader.Load(proposal.File).Environment
            ?? throw new OpsException("EnvironmentNotWritten", OpsErrorCategory.WriteError, $"{proposal.File} was changed by someone else while it was written.",
                "Look at the file and run again.", proposal.File);
    }

    private static string FileOf(string path)
    {
        bool isFile = Path.GetExtension(path) is ".yaml" or ".yml" && !Directory.Exists(path);
        return Path.GetFullPath(isFile ? path : Path.Combine(path, EnvironmentLocator.FileNames[0]));
    }

    private static string NameOf(string? given, string fallback)
    {
        if (given is not null && !SettingPatterns.Name().IsMatch(given))
            throw new OpsException("BadName", OpsErrorCategory.InvalidArgument, $"'{given}' cannot be the name of an environment.",
                "Use letters, digits, '.', '_' or '-', beginning with a letter or digit.", given);
        string clean = new string([.. (given ?? fallback).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')]).TrimStart('.', '_', '-');
        return clean.Length == 0 ? "main" : clean[..Math.Min(100, clean.Length)];
    }

    private static string Summary(EnvironmentDraft draft)
    {
        var parts = new List<string> { draft.ComposeFile is { } file ? $"from {file}" : "no compose file found" };
        Add("database", draft.Databases.Select(d => $"{d.Name} ({d.Service}/{d.Database})"));
        Add("cache", draft.Caches.Select(c => $"{c.Name} ({c.Service})"));
        Add("service", draft.Services.Select(s => s.Name));
        return string.Join("; ", parts);

        void Add(string what, IEnumerable<string> names)
        {
            string[] all = names.ToArray();
            if (all.Length > 0) parts.Add($"{what}{(all.Length == 1 ? "" : "s")} {string.Join(", ", all)}");
        }
    }
}
