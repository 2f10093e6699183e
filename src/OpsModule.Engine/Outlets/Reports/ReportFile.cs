using System.Text;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>Writes a file beside its place, flushes it and gives it its name: there is a whole report or none, and only its owner may read it.</summary>
internal static class ReportFile
{
    public static long Write(string path, bool replace, Action<TextWriter> content)
    {
        try
        {
            PrivateFile.CreateFolder(Path.GetDirectoryName(path)!);
            return AtomicFile.Write(path, file =>
            {
                using var writer = new StreamWriter(file, new UTF8Encoding(false), 64 * 1024, leaveOpen: true);
                content(writer);
            }, replace: replace, check: _ => CheckFree(path, replace));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("ReportNotWritten", OpsErrorCategory.WriteError, $"The report {path} cannot be written: {e.Message.TrimEnd('.')}.",
                Disk.IsFull(e) ? "Free space there, or write to another disk." : "Give this user the right to write there, or choose another -Path.", path, e);
        }
    }

    /// <summary>Fails when something is there that may not be replaced.</summary>
    public static void CheckFree(string path, bool replace)
    {
        if (!replace && File.Exists(path))
            throw new OpsException("ReportExists", OpsErrorCategory.ResourceExists, $"{path} is there already.", "Choose another -Path, or add -Force to replace it.", path);
    }
}
