namespace OpsModule.Help;

/// <summary>The help of the whole module.</summary>
/// <param name="Cmdlets">By name.</param>
/// <param name="ProjectUri">Where the repository is published, out of the manifest; empty where nobody has said so.</param>
internal sealed record ModuleTopic(IReadOnlyList<CmdletTopic> Cmdlets, string ProjectUri)
{
    /// <summary>Where the pages lie in the repository: what <c>Get-Help -Online</c> opens.</summary>
    private const string Pages = "docs/cmdlets/";

    /// <summary>The page of a cmdlet: an address once the manifest's ProjectUri says where the repository is, else the path in the repository.</summary>
    public string Address(CmdletTopic topic) => (ProjectUri.Length > 0 ? ProjectUri.TrimEnd('/') + "/" : "") + Pages + topic.Info.Name + ".md";

    /// <summary>What else one may want to read: the cmdlets of the same noun, and those that examples use together with this one.</summary>
    public IEnumerable<string> Related(CmdletTopic topic) =>
        Cmdlets.Where(c => c != topic && (Noun(c) == Noun(topic) || topic.Examples.Any(e => e.Code.Contains(c.Info.Name, StringComparison.Ordinal))))
            .Select(c => c.Info.Name).Append("about_OpsModule");

    private static string Noun(CmdletTopic topic) => topic.Info.Name.Split('-')[1];
}
