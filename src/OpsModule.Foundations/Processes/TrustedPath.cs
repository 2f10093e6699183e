using OpsModule.Foundations.Files;
using OpsModule.Foundations.Machine;

namespace OpsModule.Foundations.Processes;

/// <summary>
/// Says whether anybody but root could exchange a file: by writing to it, or to any folder that is passed on the way to it, links included.
/// </summary>
public static class TrustedPath
{
    private const int MaxLinks = 40;

    /// <summary>Who else could, in words; null when nobody.</summary>
    public static string? Fault(string path)
    {
        // Where owners cannot be asked for there is nothing to say.
        if (FileFacts.Of("/") is null) return null;
        var left = new Stack<string>(Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries).AsEnumerable().Reverse());
        string at = "/";
        int links = 0;
        if (FaultOf("/", FileFacts.Of("/")!.Value) is { } ofRoot) return ofRoot;
        while (left.TryPop(out string? name))
        {
            if (name == ".") continue;
            if (name == "..")
            {
                at = Path.GetDirectoryName(at) ?? "/";
                continue;
            }
            string next = Path.Combine(at, name);
            if (FileFacts.Of(next) is not { } facts) return $"{next} cannot be looked at";
            if (FaultOf(next, facts) is { } fault) return fault;
            if (!facts.IsLink)
            {
                at = next;
                continue;
            }
            if (++links > MaxLinks || new FileInfo(next).LinkTarget is not { } target) return $"the link {next} leads nowhere";
            if (target.StartsWith('/')) at = "/";
            foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries).AsEnumerable().Reverse()) left.Push(part);
        }
        return null;
    }

    private static string? FaultOf(string path, FileFacts facts)
    {
        if (facts.Owner != 0) return $"{path} belongs to {AccountNames.User(facts.Owner)}";
        // A link has no rights of its own. In a sticky folder everybody may add, but only an entry's owner may exchange it.
        if (facts.IsLink || (facts.IsFolder && facts.IsSticky)) return null;
        if (facts.OthersMayWrite) return $"everybody may write to {path}";
        if (!facts.GroupMayWrite) return null;
        if (FileFacts.HasAccessList(path)) return $"others may write to {path} (see getfacl)";
        return facts.Group == 0 || AccountNames.HasNobodyBut(0, facts.Group) ? null : $"the group {AccountNames.Group(facts.Group)} may write to {path}";
    }
}
