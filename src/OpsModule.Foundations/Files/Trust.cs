using OpsModule.Foundations.Machine;

namespace OpsModule.Foundations.Files;

/// <summary>Says whether others than the caller and root can have changed a file or folder: what they can change, they can aim elsewhere.</summary>
public static class Trust
{
    /// <summary>Why it cannot be trusted, in words; null when it can, when it is not there, and where the system cannot be asked.</summary>
    public static string? Doubt(string path)
    {
        string real = Path.TrimEndingDirectorySeparator(path);
        if (FileFacts.Of(real) is not { } facts) return null;
        if (facts.IsLink)
        {
            if (!IsOurs(facts)) return $"{real} is a link of another user ({AccountNames.User(facts.Owner)})";
            real = Target(real) ?? "";
            if (real.Length == 0 || FileFacts.Of(real) is not { } target) return $"{path} is a link to nothing";
            facts = target;
        }
        if (!IsOurs(facts)) return $"{real} belongs to {AccountNames.User(facts.Owner)}, {(FileFacts.IsRoot ? "not" : $"neither to {Environment.UserName} nor")} to root";
        if (!facts.OthersMayWrite && (!facts.GroupMayWrite || IsOurGroup(real, facts.Group))) return null;
        return $"{(facts.OthersMayWrite ? "every user of this machine" : "its group")} may write to {real} (mode {Convert.ToString(facts.Mode & 0xFFF, 8)})";
    }

    /// <summary>The same of a file and of the folder that it is in, in which it could be exchanged; where it is a link, of what that leads to as well.</summary>
    public static string? DoubtOfFile(string file) =>
        Doubt(file) ?? Doubt(Path.GetDirectoryName(file)!) ?? (FileFacts.Of(file) is { IsLink: true } && Target(file) is { } target ? Doubt(Path.GetDirectoryName(target)!) : null);

    /// <summary>The first link below a folder on the way to one further down; null when there is none.</summary>
    public static string? LinkBelow(string root, string path)
    {
        string at = root;
        foreach (string part in Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar))
        {
            at = Path.Combine(at, part);
            if (FileFacts.Of(at) is { IsLink: true }) return at;
        }
        return null;
    }

    /// <summary>With a list of rights the group's bits say of others, too.</summary>
    private static bool IsOurGroup(string path, uint group) => !FileFacts.HasAccessList(path) && AccountNames.HasNobodyBut(FileFacts.Self, group);

    private static bool IsOurs(FileFacts facts) => facts.Owner == FileFacts.Self || facts.Owner == 0;

    private static string? Target(string link)
    {
        try { return new FileInfo(link).ResolveLinkTarget(returnFinalTarget: true)?.FullName; }
        catch (IOException) { return null; }
    }
}
