using System.Text;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Foundations.Names;

namespace OpsModule.Engine.Areas.Configuration.Redacting;

/// <summary>
/// Takes secrets out of files: those whose names were declared, those whose names say so, what looks random, passwords in URLs, private
/// keys, what requests sign in with, hashes of passwords. In their place stands a fingerprint whose key stays in the state folder, so
/// that who compares sees a change and no value; values that could be guessed from it have none.
/// </summary>
/// <param name="key">Makes the fingerprints.</param>
/// <param name="declared">Names of values that are secret, with wildcards.</param>
/// <param name="known">Secrets that are known, asked for when there is something to redact.</param>
internal sealed class Redactor(RevisionKey key, IReadOnlyList<string> declared, Func<IEnumerable<string>>? known = null)
{
    /// <summary>A shorter one may be a word or a figure of any file.</summary>
    private const int LeastKnown = 6;

    private readonly Lazy<IReadOnlyList<string>> _known = new(() => [.. (known?.Invoke() ?? [])
        // A secret of several lines goes line by line.
        .SelectMany(s => s.Split('\n', StringSplitOptions.TrimEntries)).Where(s => s.Length >= LeastKnown
            && !s.StartsWith("-----", StringComparison.Ordinal)).Distinct().OrderByDescending(s => s.Length)]);

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Takes them out of a file.</summary>
    /// <param name="content">What it holds.</param>
    /// <param name="isSecret">True when the whole of it is one secret.</param>
    /// <returns>Null for what is no text: nobody can say what is in it.</returns>
    public RedactedFile? Redact(byte[] content, bool isSecret)
    {
        if (content.Length == 0) return new RedactedFile("", []);
        if (isSecret) return Whole(content);
        if (content.AsSpan().IndexOf((byte)0) >= 0) return null;
        string text;
        try { text = Strict.GetString(content); }
        catch (DecoderFallbackException) { return null; }
        if (text.StartsWith("PuTTY-User-Key-File", StringComparison.Ordinal)) return Whole(content);
        var lines = new LineRedactor(Mark, IsDeclared, _known.Value);
        var made = new StringBuilder(text.Length);
        int number = 0;
        foreach (string line in LinesOf(text))
            if (lines.Next(line, ++number) is { } left) made.Append(left);
        return new RedactedFile(made.ToString(), lines.Found);
    }

    private RedactedFile Whole(byte[] content)
    {
        (string mark, string? print) = Mark(Encoding.UTF8.GetString(content).Trim());
        return new RedactedFile(mark + "\n", [new Redaction(1, "", RedactionReason.Whole, print)]);
    }

    private bool IsDeclared(string name) => declared.Any(pattern => NamePattern.IsMatch(pattern, name));

    /// <summary>What stands in the place of a value.</summary>
    private (string Mark, string? Print) Mark(string value)
    {
        string? print = SecretLooks.IsRandom(value) || (value.Length >= 200 && value.Contains("PRIVATE KEY", StringComparison.Ordinal))
            ? key.Fingerprint(value) : null;
        return (print is null ? "<redacted>" : $"<redacted:{print}>", print);
    }

    /// <summary>The lines, each with its end.</summary>
    private static IEnumerable<string> LinesOf(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end + 1;
            yield return text[at..end];
            at = end;
        }
    }
}
