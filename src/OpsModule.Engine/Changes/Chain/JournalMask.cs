using System.Text.RegularExpressions;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>
/// Keeps secrets out of the journal. Values under a name that means a secret are withheld, passwords inside URLs and connection
/// strings are masked, and in free text so is every secret that the environment file refers to, or that is rotated.
/// </summary>
internal sealed partial class JournalMask(OpsEnvironment environment)
{
    private const string Withheld = "(withheld)";
    private static readonly string[] Words = ["password", "identified", "bearer", "--pass", "--token", "--secret", "--api"];
    private readonly Lazy<IReadOnlyList<string>> _secrets = new(() => SecretsOf(environment));

    public IReadOnlyDictionary<string, string> Data(IReadOnlyDictionary<string, string>? data) =>
        data is null ? new Dictionary<string, string>() : data.ToDictionary(p => p.Key, p =>
            SecretName().IsMatch(p.Key) ? Withheld : Text(p.Value));

    public string Text(string text)
    {
        foreach (string secret in _secrets.Value) text = text.Replace(secret, Withheld, StringComparison.Ordinal);
        return Patterns(HiddenWords.Hide(text, Withheld));
    }

    /// <summary>Masks what looks like a password wherever it stands: in URLs, connection strings, assignments.</summary>
    public static string Patterns(string value) =>
        // Every one of them has one of these words or signs; most long texts have none.
        !MayHold(value) ? value : Followed().Replace(Assignment().Replace(UrlPassword().Replace(value, "$1" + Withheld + "@"), "$1" + Withheld), "$1" + Withheld);

    private static bool MayHold(string value) => value.AsSpan().ContainsAny(':', '=') || Words.Any(w => value.Contains(w, StringComparison.OrdinalIgnoreCase));

    private static List<string> SecretsOf(OpsEnvironment environment)
    {
        IEnumerable<SecretReference?> references = environment.Databases.Values.Select(d => d.Password)
            .Concat(environment.Caches.Values.Select(c => c.Password))
            .Concat(environment.Backups.Stores.Values.SelectMany(s => new[] { s.AccessKey, s.SecretKey }))
            .Concat(environment.Services.Values.Select(s => s.Endpoint).Concat(environment.Checks.Values.Select(c => c.Endpoint)).SelectMany(e => new[] { e?.Bearer, e?.ApiKey }));
        references = references.Concat(EnvironmentSection.All.SelectMany(s => s.SecretsOf(environment)).Select(s => s.Secret));
        var secrets = new List<string>();
        foreach (SecretReference? reference in references)
        {
            if (reference is null) continue;
            try { secrets.Add(reference.Resolve()); }
            catch (Exception e) when (e is OpsException or IOException or UnauthorizedAccessException) { /* nothing to mask then */ }
        }
        secrets.RemoveAll(s => s.Length < 4);
        secrets.Sort((a, b) => b.Length - a.Length);
        return secrets;
    }

    [GeneratedRegex("pass(word|wd|phrase)|^pwd$|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"(\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@", RegexOptions.IgnoreCase)]
    private static partial Regex UrlPassword();

    // SQL's PASSWORD '...' and IDENTIFIED BY '...', HTTP's Bearer and Basic, and options that take the secret as the next word.
    [GeneratedRegex(@"(\b(?:(?:encrypted\s+|with\s+)*password|identified\s+by|identified\s+with\s+\S+\s+by)\s+(?=['""$])|\bauthorization\s*:\s*(?:\w+\s+)?|\bbearer\s+|--(?:password|passphrase|pass|token|secret|api-key|secret-key)\s+)('(?:[^']|'')*'|""(?:[^""\\]|\\.)*""|\$\w*\$.*?\$\w*\$|[^\s;,'""]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Followed();

    // Also as JSON writes it, and with what applications put before it: client_secret, X-API-Key, refresh_token.
    [GeneratedRegex(@"(\b(?:[\w-]{0,40}[-_])?(?:password|passwd|passphrase|pwd|PGPASSWORD|secret|secret(?:[-_ ]?access)?[-_ ]?key|(?:api|access|private)[-_ ]?key|token)[""']?\s*[=:]\s*)('[^']*'|""[^""]*""|[^\s;,'""]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Assignment();
}
