namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>A place where a value was found, before it is said whether it is declared.</summary>
/// <param name="Form">How it stands there.</param>
/// <param name="Place">The place, in words.</param>
/// <param name="Key">The key, or the line.</param>
/// <param name="Service">The service, where it is one's.</param>
internal sealed record FoundPlace(SecretUseForm Form, string Place, string? Key, string? Service)
{
    /// <summary>The file, where it is one.</summary>
    public string? File { get; init; }

    /// <summary>The Secret's declared name, where it is one.</summary>
    public string? Secret { get; init; }

    /// <summary>True for a variable of a container.</summary>
    public bool IsOfContainer { get; init; }
}
