using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>
/// The text around a value, as <c>postgres://{login}:{value}@db/shop</c>: takes login and value out of what stands there, and puts
/// others in. Both are percent-encoded in it. <c>{login}</c> alone is a text that is nothing but the login, as it is.
/// </summary>
internal sealed partial class UseTemplate
{
    /// <summary>The text that is nothing but the login.</summary>
    public const string LoginAlone = "{login}";

    /// <summary>Where the value stands in a text.</summary>
    public const string ValuePart = "{value}";

    private const string Value = "value", Login = "login";

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private readonly string _text;
    private readonly Regex _pattern;

    /// <exception cref="OpsException"><c>SecretPlaceUnsupported</c> of a text without <c>{value}</c> that is not the login alone.</exception>
    public UseTemplate(string text)
    {
        if (text != LoginAlone && !text.Contains(ValuePart, StringComparison.Ordinal))
            throw PlaceErrors.PlaceUnsupported.Make($"The text '{text}' has no place for the value.", "Put {value} where it stands.", text);
        _text = text;
        var seen = new HashSet<string>();
        // A part that comes twice is the same twice. What a URL takes for a border is never a part of one.
        string pattern = string.Concat(Parts().Split(text).Select(p => p is "{value}" or "{login}"
            ? seen.Add(p) ? $@"(?<{p[1..^1]}>(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{{2}})+)" : $@"\k<{p[1..^1]}>" : Regex.Escape(p)));
        _pattern = new Regex($@"\A{pattern}\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    /// <summary>True when it has a place for the login.</summary>
    public bool HasLogin => _text.Contains("{login}", StringComparison.Ordinal);

    /// <summary>What a text holds.</summary>
    /// <param name="text">What stands there.</param>
    /// <param name="place">The place, in words.</param>
    /// <exception cref="OpsException"><c>SecretTemplateDiffers</c>. It never says what stands there.</exception>
    public SecretMaterial Read(string text, string place)
    {
        if (_text == LoginAlone) return new SecretMaterial("", text);
        Match match = _pattern.Match(text);
        if (match.Success && Decode(match.Groups[Value].Value) is { } value
            && (!HasLogin || Decode(match.Groups[Login].Value) is not null))
            return new SecretMaterial(value, HasLogin ? Decode(match.Groups[Login].Value) : null);
        throw PlaceErrors.TemplateDiffers.Make(
            $"What stands in {place} does not fit '{_text}': other text is around the value, or it is not percent-encoded.",
            "Write under in: just what stands there, with {value} (and {login}) in their places; of a value, @ : / ? # and % must be "
                + "written as %40 and so on.", place);
    }

    /// <summary>The text with a value.</summary>
    /// <exception cref="OpsException"><c>SecretPlaceUnsupported</c>: it has a place for a login, and there is none.</exception>
    public string Write(SecretMaterial material)
    {
        if (HasLogin && material.Login is null)
            throw PlaceErrors.PlaceUnsupported.Make($"The text '{_text}' has a place for a login, and the secret has none.",
                "Write the user's name in the place of {login}.", _text);
        if (_text == LoginAlone) return material.Login!;
        return Parts().Replace(_text, m => Uri.EscapeDataString(m.Value == "{value}" ? material.Value : material.Login!));
    }

    private static string? Decode(string written)
    {
        var bytes = new List<byte>();
        for (int i = 0; i < written.Length; i++)
        {
            bytes.Add(written[i] == '%' ? Convert.FromHexString(written.AsSpan(i + 1, 2))[0] : (byte)written[i]);
            if (written[i] == '%') i += 2;
        }
        try { return Strict.GetString([.. bytes]); }
        catch (DecoderFallbackException) { return null; }
    }

    [GeneratedRegex(@"(\{value\}|\{login\})")]
    private static partial Regex Parts();
}
