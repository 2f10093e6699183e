using OpsModule.Connections.Vaults;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Engine.Environments;

/// <summary>
/// A section of ops.yaml that an area owns: its keys, what no single key's shape can say, and what comes of it. The areas' sections stand in
/// one list, <see cref="All"/>.
/// </summary>
internal abstract class EnvironmentSection
{
    /// <summary>All that there are, in the order in which they are documented.</summary>
    public static IReadOnlyList<EnvironmentSection> All { get; set; } = [];

    /// <summary>Its key at the top of the file, with its shape.</summary>
    public abstract Setting Setting { get; }

    /// <summary>Looks at what the shape cannot say.</summary>
    /// <param name="section">The section; null when the file has none.</param>
    /// <param name="findings">Takes what is wrong.</param>
    public virtual void Check(YamlMap? section, FindingList findings)
    {
    }

    /// <summary>Looks at what it says of other sections.</summary>
    /// <param name="root">The whole file.</param>
    /// <param name="findings">Takes what is wrong.</param>
    public virtual void CheckWithin(YamlMap root, FindingList findings)
    {
    }

    /// <summary>The secrets that it refers to, and where in the file.</summary>
    /// <param name="environment">The environment, with the section in it.</param>
    public virtual IEnumerable<(SecretReference? Secret, string Path)> SecretsOf(OpsEnvironment environment) => [];

    /// <summary>
    /// The vaults that references of the whole file may name; null where it has none. It is asked before anything else is bound.
    /// </summary>
    /// <param name="section">The section; null when the file has none.</param>
    /// <param name="fullPath">The full path of a path as written.</param>
    public virtual KeyValueVaults? BindVaults(YamlMap? section, Func<string?, string?> fullPath) => null;

    /// <summary>What the area is given of a section that has passed all checks.</summary>
    /// <param name="section">The section; null when the file has none.</param>
    /// <param name="fullPath">The full path of a path as written.</param>
    public abstract object Bind(YamlMap? section, Func<string?, string?> fullPath);
}
