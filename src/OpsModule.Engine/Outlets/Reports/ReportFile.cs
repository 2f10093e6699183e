using System.Text;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>Writes a file beside its place, flushes it and gives it its name: there is a whole report or none, and only its owner may read it.</summary>
internal static class ReportFile
{
    public static long Write(string path, bool replace, Action<TextWriter> content)
    {
        string folder = Path.GetDirectoryName(path)!, beside = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            PrivateFile.CreateFolder(folder);
            long size;
            using (FileStream file = PrivateFile.Open(beside, FileMode.CreateNew, FileAccess.Write, FileShare.Read))
            {
                using (var writer = new StreamWriter(file, new UTF8Encoding(false), 64 * 1024, leaveOpen: true)) content(writer);
                file.Flush(flushToDisk: true);
                size = file.Length;
            }
            CheckFree(path, replace);
            File.Move(beside, path, replace);
            Disk.FlushFolder(folder);
            return size;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Discard(beside);
            throw new OpsException("ReportNotWritten", OpsErrorCategory.WriteError, $"The report {path} cannot be written: {e.Message.TrimEnd('.')}.",
                Disk.IsFull(e) ? "Free space there, or write to another disk." : "Give this user the right to write there, or choose another -Path.", path, e);
        }
        catch
        {
            Discard(beside);
            throw;
        }
    }

    /// <summary>Fails when something is there that may not be replaced.</summary>
    public static void CheckFree(string path, bool replace)
    {
        if (!replace && File.Exists(path))
            throw new OpsException("ReportExists", OpsErrorCategory.ResourceExists, $"{path} is there already.", "Choose another -Path, or add -Force to replace it.", path);
    }

    private static void Discard(string path)
    {
        try { File.Delete(path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { /* its name tells that it is no report */ }
    }
}
