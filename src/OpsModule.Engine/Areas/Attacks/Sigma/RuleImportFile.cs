using System.Text;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>The rule file that imported rules are written to.</summary>
/// <param name="path">Full path.</param>
public sealed class RuleImportFile(string path)
{
    private const string Mark = "# Rules made by Import-OpsAttackRule of Sigma rules";

    /// <summary>Finds Sigma rules: files, folders with all below them, and names with the wildcards * and ?.</summary>
    /// <exception cref="OpsException"><c>RuleFileNotFound</c>.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths, string folder) => [.. paths.SelectMany(p => Find(Path.GetFullPath(p, folder))).Distinct()];

    /// <summary>Refuses to replace a file that somebody wrote.</summary>
    /// <exception cref="OpsException"><c>RuleFileExists</c>.</exception>
    public void CheckFree(bool force)
    {
        if (force || !File.Exists(path) || IsOwn(path)) return;
        throw new OpsException("RuleFileExists", OpsErrorCategory.ResourceExists, $"{path} is there, and was not made by Import-OpsAttackRule.", "Name another file, or replace it with -Force.", path);
    }

    /// <summary>Writes the rules beside the place, reads them again as a search would, and puts the file in its place.</summary>
    public void Write(IReadOnlyList<RuleImport> imports)
    {
        try
        {
            AtomicFile.Write(path, file =>
            {
                using var writer = new StreamWriter(file, new UTF8Encoding(false), leaveOpen: true);
                Write(writer, imports);
            }, AtomicFile.Shared, check: written => ShapedFile.ThrowOnError(path, RuleFile.Read(written).Findings, "RuleFileInvalid"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("RuleFileNotWritten", OpsErrorCategory.WriteError, $"{path} cannot be written: {e.Message.TrimEnd('.')}.",
                Disk.IsFull(e) ? "Free space there, or write to another disk." : "Make the folder, or give this user the right to write there.", path, e);
        }
    }

    private static void Write(TextWriter to, IEnumerable<RuleImport> imports)
    {
        to.Write($"{Mark}; importing again replaces this file, so that changes belong into another one.\nrules:\n");
        foreach (RuleImport import in imports.Where(i => i.Imported))
        {
            string by = import.Author is null ? "" : $", by {import.Author}";
            to.Write($"  # {new string([.. $"{import.Title} ({import.SigmaId ?? Path.GetFileName(import.Source)}){by}".Select(c => char.IsControl(c) ? ' ' : c)])}\n");
            foreach (AttackRule rule in import.Rules) RuleWriter.Write(to, rule);
            to.Write('\n');
        }
    }

    private static bool IsOwn(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(ForeignFile.OpenRegular(path), FileAccess.Read, 0));
            return reader.ReadLine()?.StartsWith(Mark, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { return false; }
    }

    private static IEnumerable<string> Find(string path)
    {
        string[] found = [.. PathPattern.Expand(path, out bool isNamed).SelectMany(p => Directory.Exists(p) ? isNamed ? In(p) : [] : [p]).Where(f => isNamed || ForeignFile.IsForWildcards(f))];
        return found.Length > 0 || (isNamed && Directory.Exists(PathPattern.Unescape(path))) ? found : throw new OpsException("RuleFileNotFound", OpsErrorCategory.ObjectNotFound,
            $"There is no rule file or folder {(PathPattern.HasWildcard(path) ? path : PathPattern.Unescape(path))}.", "Correct the path.", path);
    }

    private static IEnumerable<string> In(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".yml" or ".yaml" && ForeignFile.IsForWildcards(f)).Order(StringComparer.Ordinal);
}
