using System.Text.RegularExpressions;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Files;

/// <summary>
/// An env file (<c>KEY=value</c>), read as the Compose in use reads it. Nothing of it is lost: the pieces together are the file to the
/// letter, and one value can be changed where it stands.
/// </summary>
public sealed partial class EnvFile
{
    private EnvFile(EnvDialect dialect, IReadOnlyList<EnvEntry> entries, string? fault)
    {
        Dialect = dialect;
        Entries = entries;
        Fault = fault;
    }

    /// <summary>How it was read.</summary>
    public EnvDialect Dialect { get; }

    /// <summary>Its pieces, in their order.</summary>
    public IReadOnlyList<EnvEntry> Entries { get; }

    /// <summary>Why Compose refuses the file, with the line; null when it does not. What stands before the fault is read.</summary>
    public string? Fault { get; }

    /// <summary>Takes a file to pieces.</summary>
    public static EnvFile Parse(string text, EnvDialect dialect)
    {
        if (dialect == EnvDialect.PythonDotenv) return new EnvFile(dialect, new PythonDotenvSyntax(text).Read(), null);
        if (dialect == EnvDialect.Raw)
        {
            var raw = new RawSyntax(text);
            return new EnvFile(dialect, raw.Read(), raw.Fault);
        }
        var syntax = new ComposeGoSyntax(text);
        return new EnvFile(dialect, syntax.Read(), syntax.Fault);
    }

    /// <summary>What its names come to.</summary>
    /// <param name="find">The value of a variable that is set elsewhere, or null: of the shell, and of the project's <c>.env</c>.</param>
    /// <param name="inherit">The same for a name that stands alone, where that is another: Compose v1 takes it from the project's <c>.env</c>,
    /// too, and variables of values not.</param>
    public EnvValues Values(Func<string, string?>? find = null, Func<string, string?>? inherit = null)
    {
        find ??= _ => null;
        return new EnvValues(this, find, inherit ?? find);
    }

    /// <summary>True when the last value of a name is made of variables, so that what stands there is not the value.</summary>
    public bool IsMadeOfOthers(string key)
    {
        if (Last(this, key) is not { Kind: EnvEntryKind.Value, Expands: true, Value: { } value }) return false;
        try
        {
            return Of(_ => null) != Of(_ => "x");

            string Of(Func<string, string?> find) => Dialect == EnvDialect.ComposeGo ? ComposeGoVariables.Expand(value, find)
                : PythonDotenvSyntax.Expand(value, find);
        }
        catch (FormatException) { return true; }
    }

    /// <summary>
    /// The file with another value: where the name stands last, or at the end. The value is written so that both dialects read it back as
    /// it
    /// is, else so that this one does.
    /// </summary>
    /// <exception cref="OpsException"><c>EnvFileInvalid</c> when Compose refuses the file, or when no way of writing reads back as the
    /// value.</exception>
    public EnvFile Set(string key, string value)
    {
        if (Fault is not null) throw Invalid($"Compose refuses the file: {Fault}.", "Correct that line first.", key);
        if (!Name().IsMatch(key)) throw Invalid($"'{key}' is no name of a variable.", "Use letters, digits and _.", key);
        string text = ToString();
        EnvFile? own = null;
        foreach (string written in Dialect == EnvDialect.Raw ? [value] : Ways(value, QuoteOf(Last(this, key))))
        {
            EnvFile changed = Parse(With(key, written), Dialect);
            if (!Holds(changed, key, value)) continue;
            EnvFile other = Parse(changed.ToString(), Other);
            if (Holds(other, key, value) || Parse(text, Other).Fault is not null) return changed;
            own ??= changed;
        }
        return own ?? throw Invalid($"No way of writing the new value of {key} reads back as it is.",
            "Give it a value without quotes, $, \\ and ends of lines.", key);
    }

    /// <summary>The file.</summary>
    public override string ToString() => string.Concat(Entries.Select(e => e.Text));

    /// <summary>The one that reads the same files elsewhere; a raw file is read in one way alone.</summary>
    private EnvDialect Other => Dialect switch
    {
        EnvDialect.ComposeGo => EnvDialect.PythonDotenv,
        EnvDialect.PythonDotenv => EnvDialect.ComposeGo,
        _ => Dialect,
    };

    /// <summary>Whether a changed file says the new value, and of all others what it said before; whatever variables are set
    /// elsewhere.</summary>
    private bool Holds(EnvFile changed, string key, string value)
    {
        if (changed.Fault is not null || Last(changed, key) is not { } entry) return false;
        foreach (string word in (string[])["", "x$y"])
        {
            EnvValues now = changed.Values(name => name == key ? null : word);
            if (!now.All.TryGetValue(key, out string? read) || read != value || now.Faults.ContainsKey(key)) return false;
        }
        // What refers to the name changes with it; as it is written, all else stays.
        EnvFile before = Parse(ToString(), changed.Dialect);
        (string?, string?)[] others = [.. before.Entries.Where(e => e.Key is not null && e.Key != key).Select(e => (e.Key, e.Value))];
        return entry.Key == key && others.SequenceEqual(changed.Entries.Where(e => e.Key is not null && e.Key != key).Select(e => (e.Key,
            e.Value)));
    }

    private static EnvEntry? Last(EnvFile file, string key) => file.Entries.LastOrDefault(e => e.Key == key);

    private string With(string key, string written)
    {
        if (Last(this, key) is { } last)
        {
            string line = last.Kind == EnvEntryKind.Value
                ? last.Text[..last.Written.Start.Value] + written + last.Text[last.Written.End.Value..]
                : last.Text.Insert(last.Text.IndexOf(key, StringComparison.Ordinal) + key.Length, "=" + written);
            return string.Concat(Entries.Select(e => ReferenceEquals(e, last) ? line : e.Text));
        }
        string text = ToString(), end = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        return text + (text.Length == 0 || text.EndsWith('\n') ? "" : end) + key + "=" + written + end;
    }

    /// <summary>The quote in which a value stands; null for none.</summary>
    private static char? QuoteOf(EnvEntry? entry) =>
        entry is { Kind: EnvEntryKind.Value } && entry.Text[entry.Written] is ['\'' or '"', ..] written ? written[0] : null;

    /// <summary>How a value may be written: first as the one before it.</summary>
    private static IEnumerable<string> Ways(string value, char? quote)
    {
        if (quote is { } same && !value.Contains(same) && (same == '\'' || value.AsSpan().IndexOfAny('\\', '$') < 0))
            yield return $"{same}{value}{same}";
        if (Simple().IsMatch(value)) yield return value;
        if (!value.Contains('\'')) yield return $"'{value}'";
        if (!value.Contains('"') && !value.Contains('\\') && !value.Contains('$')) yield return $"\"{value}\"";
        yield return "\"" + value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("$", "\\$") + "\"";
        yield return "\"" + value.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
        yield return "'" + value.Replace("\\", "\\\\").Replace("'", "\\'") + "'";
        yield return "'" + value.Replace("'", "\\'") + "'";
        yield return value;
    }

    private static OpsException Invalid(string message, string advice, string key) =>
        new("EnvFileInvalid", OpsErrorCategory.InvalidData, message, advice, key);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Name();

    // What every dialect, systemd and shells read alike.
    [GeneratedRegex(@"^[A-Za-z0-9_./:@%+,~^-]*\z")]
    private static partial Regex Simple();
}
