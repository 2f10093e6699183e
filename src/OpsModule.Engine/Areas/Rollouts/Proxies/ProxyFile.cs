using System.Security.Cryptography;
using System.Text;
using DiffPlex.Renderer;

namespace OpsModule.Engine.Areas.Rollouts.Proxies;

/// <summary>A file of a proxy's configuration, as it is and as it is to be.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Before">What it holds; null when it is not there.</param>
/// <param name="After">What it is to hold.</param>
internal sealed record ProxyFile(string Path, string? Before, string After)
{
    /// <summary>True for one that the proxy sees and this machine need not.</summary>
    public bool IsThere { get; init; }

    /// <summary>What the difference is shown from, where the file is only laid out otherwise.</summary>
    public string? Normal { get; init; }

    /// <summary>True when something changes.</summary>
    public bool Changes => Before != After;

    /// <summary>What tells the file from what others may make of it.</summary>
    public string Sha256 => Fingerprint(Before);

    /// <summary>The changed lines alone, as a unified diff: what stands around them may be a secret.</summary>
    public string Diff => UnidiffRenderer.GenerateUnidiff(Normal ?? Before ?? "", After, Before is null ? "/dev/null" : Path, Path,
        contextLines: 0).TrimEnd();

    /// <summary>The fingerprint of a text.</summary>
    public static string Fingerprint(string? text) => text is null ? "not there"
        : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))).ToLowerInvariant();
}
