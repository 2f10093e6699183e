namespace OpsModule.Engine.Completion;

/// <summary>A name that can be offered to who types.</summary>
/// <param name="Name">The name.</param>
/// <param name="About">What it is, in a few words.</param>
public sealed record KnownName(string Name, string About);
