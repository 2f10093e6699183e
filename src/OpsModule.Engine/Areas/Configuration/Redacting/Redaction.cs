namespace OpsModule.Engine.Areas.Configuration.Redacting;

/// <summary>A value that was taken out of a file.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="Name">What it is called there; empty where it has no name.</param>
/// <param name="Why">Why it counts as secret.</param>
/// <param name="Print">Its fingerprint; null for a value that could be guessed from one.</param>
internal sealed record Redaction(int Line, string Name, RedactionReason Why, string? Print)
{
    /// <summary>In words, with the file.</summary>
    public string Words(string file) => $"{file}:{Line}{(Name.Length == 0 ? "" : " " + Name)}: "
        + $"{WhyWords}, {(Print is null ? "no fingerprint (it could be guessed)" : "fingerprint " + Print)}";

    private string WhyWords => Why switch
    {
        RedactionReason.Declared => "named under configuration.redact",
        RedactionReason.Named => "its name says so",
        RedactionReason.Random => "it looks random",
        RedactionReason.Address => "a password in a URL",
        RedactionReason.Key => "a private key",
        RedactionReason.Header => "what a request signs in with",
        RedactionReason.Hash => "a hash of a password",
        RedactionReason.Known => "the environment file refers to it",
        _ => "the whole file is a secret",
    };
}
