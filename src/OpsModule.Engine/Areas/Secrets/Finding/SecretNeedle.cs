using System.Text;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>A value that is searched for, in all the ways in which it may be written.</summary>
internal sealed class SecretNeedle
{
    /// <summary>Shorter ones stand everywhere by chance.</summary>
    public const int Least = 8;

    private readonly string _value;
    private readonly string[] _base64;

    /// <exception cref="OpsException"><c>SecretTooShort</c>.</exception>
    public SecretNeedle(string value, string name)
    {
        if (value.Length < Least)
            throw FindingErrors.SecretTooShort.Make(
                $"The value of {name} has fewer than {Least} characters, and would be found in other words.",
                "Look through the files by hand.", name);
        _value = value;
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        _base64 = [.. Enumerable.Range(0, 3).Select(before => Core(bytes, before)).Where(c => c.Length >= Least)
            .SelectMany(c => new[] { c, c.Replace('+', '-').Replace('/', '_') }).Distinct()];
    }

    /// <summary>The value.</summary>
    public string Value => _value;

    /// <summary>How the value stands in a text; null when it does not.</summary>
    public SecretUseForm? In(string text) => In(new SearchedText(text));

    /// <inheritdoc cref="In(string)"/>
    public SecretUseForm? In(SearchedText text) =>
        // A dollar may be doubled, a quote or a backslash escaped.
        Holds(text.Text) || Holds(text.Dollars) || Holds(text.Unescaped) ? SecretUseForm.Plain
        : Holds(text.Decoded) ? SecretUseForm.PercentEncoded
        : _base64.Any(b => text.Text.Contains(b, StringComparison.Ordinal)) ? SecretUseForm.Base64 : null;

    /// <inheritdoc/>
    public override string ToString() => "(secret)";

    private bool Holds(string text) => text.Contains(_value, StringComparison.Ordinal);

    /// <summary>What of the Base64 does not depend on what stands before and behind, where so many bytes stand before.</summary>
    private static string Core(byte[] bytes, int before)
    {
        byte[] all = [.. new byte[before], .. bytes];
        string text = Convert.ToBase64String(all);
        int from = before switch { 0 => 0, 1 => 2, _ => 3 }, to = all.Length * 8 / 6;
        return to > from ? text[from..to] : "";
    }
}
