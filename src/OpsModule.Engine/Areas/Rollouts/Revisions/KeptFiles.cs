using OpsModule.Foundations.Files;
using OpsModule.Foundations.Machine;

namespace OpsModule.Engine.Areas.Rollouts.Revisions;

/// <summary>Writes files as they were: where a link leads, for the owner and with the rights that they had; what was not there goes.</summary>
internal static class KeptFiles
{
    /// <summary>Writes them.</summary>
    /// <param name="files">By path; null for one that was not there.</param>
    /// <returns>What was done, in words; empty for nothing.</returns>
    /// <exception cref="IOException">One cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    public static string Write(IEnumerable<KeyValuePair<string, KeptFile?>> files)
    {
        List<string> written = [], gone = [], others = [];
        foreach ((string path, KeptFile? file) in files)
        {
            KeptFile? now = KeptFile.Of(path);
            if (file is null)
            {
                if (now is null) continue;
                File.Delete(path);
                gone.Add(Path.GetFileName(path));
            }
            else if (now is null || !now.Content.AsSpan().SequenceEqual(file.Content))
            {
                if (Write(path, file, now) is { } owner) others.Add($"{Path.GetFileName(path)} belongs to {owner} now");
                written.Add(Path.GetFileName(path));
            }
        }
        return string.Join("; ", new[]
        {
            written.Count == 0 ? "" : $"{string.Join(", ", written)} {(written.Count == 1 ? "is as it was" : "are as they were")}",
            gone.Count == 0 ? "" : $"{string.Join(", ", gone)} {(gone.Count == 1 ? "is" : "are")} gone again", string.Join(", ", others),
        }.Where(w => w.Length > 0));
    }

    /// <summary>Whether a file holds just this; null for one that is not there.</summary>
    public static bool Holds(string path, KeptFile? file) => KeptFile.Of(path) is { } now
        ? file is not null && now.Content.AsSpan().SequenceEqual(file.Content) : file is null;

    /// <summary>Writes one; the owner that it has now where it could not be given back, else null.</summary>
    private static string? Write(string path, KeptFile file, KeptFile? now)
    {
        string place = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        string? other = null;
        UnixFileMode mode = file.Mode ?? AtomicFile.Private;
        AtomicFile.Write(place, stream => stream.Write(file.Content), mode, replace: true, check: beside =>
        {
            if (OperatingSystem.IsWindows()) return;
            // Whoever has it now is closer to what is meant than who had it then.
            (uint Owner, uint Group)? wanted = now?.Owner ?? file.Owner;
            if (wanted is { } who && !FileFacts.Give(beside, who.Owner, who.Group) && FileFacts.Self != who.Owner)
                other = AccountNames.User(FileFacts.Self);
            File.SetUnixFileMode(beside, mode);
        });
        return other;
    }
}
