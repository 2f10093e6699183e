using System.Security.Cryptography;
using System.Text;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Signals;

/// <summary>Whether what an alert tells of is still so.</summary>
public enum AlertState
{
    /// <summary>Something is wrong.</summary>
    Firing,
    /// <summary>All is well: it ends what fired before, and is of interest to those who want to hear of success.</summary>
    Well,
}

/// <summary>Something that people are to be told.</summary>
public sealed record Alert
{
    /// <summary>The environment's name; filled in when it is sent.</summary>
    public string Environment { get; init; } = "";

    /// <summary>What it is about, for receivers that choose by it.</summary>
    public AlertKind Kind { get; init; }

    /// <summary>Who found it: <c>backup</c>, <c>drill</c>, the name of a check. With the target it says which alerts are the same.</summary>
    public required string Source { get; init; }

    /// <summary>What it was found of.</summary>
    public required string Target { get; init; }

    /// <summary>How bad it is.</summary>
    public AlertSeverity Severity { get; init; }

    /// <summary>Whether it is still so.</summary>
    public AlertState State { get; init; }

    /// <summary>True when being well is no news by itself: then it only ends what fired before.</summary>
    public bool OnlyResolves { get; init; }

    /// <summary>
    /// What else is told that this follows from, such as <c>service.state of db</c>; null when it stands for itself. While it has a cause
    /// that is told, it is told to nobody who is not named.
    /// </summary>
    public string? FollowsFrom { get; init; }

    /// <summary>In a few words.</summary>
    public required string Title { get; init; }

    /// <summary>What was found, in words.</summary>
    public string Message { get; init; } = "";

    /// <summary>What to do about it.</summary>
    public string Remedy { get; init; } = "";

    /// <summary>Further facts, by name.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>When it was found, UTC.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>The same for all that is said of one thing, whatever its severity; receivers can group by it.</summary>
    public string Key => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment}\n{Source}\n{Target}")))[..16].ToLowerInvariant();

    /// <inheritdoc/>
    public override string ToString() => $"{(State == AlertState.Well ? "well" : Severity.ToString().ToLowerInvariant())}: {Title}";
}

/// <summary>A result that can be told as an alert. Implement it explicitly: PowerShell shows members of a result to people.</summary>
public interface IAlertSource
{
    /// <summary>What it says, good or bad.</summary>
    Alert ToAlert();
}
