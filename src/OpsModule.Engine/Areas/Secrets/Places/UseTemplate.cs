using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>
/// The text around a value, as <c>postgres://{login}:{value}@db/shop</c>: takes login and value out of what stands there, and puts
/// others in. In a URL both are percent-encoded; elsewhere, as in <c>host=db password={value}</c>, they stand as they are, and what would
/// need quotes there is refused: programs differ in how they read them. <c>{login}</c> alone is a text that is nothing but the login.
/// </summary>
internal sealed partial class UseTemplate
{
    /// <summary>The text that is nothing but the login.</summary>
    public const string LoginAlone = "{login}";

    /// <summary>Where the value stands in a text.</summary>
    public const string ValuePart = "{value}";

    private const string Value = ValuePart, Login = LoginAlone;

    private readonly string _text;
    private readonly IReadOnlyList<TemplatePart> _parts;
    private readonly Regex _pattern;

    /// <exception cref="OpsException"><c>SecretPlaceUnsupported</c> of a text without <c>{value}</c> that is not the login alone.</exception>
    public UseTemplate(string text)
    {
        if (text != LoginAlone && !text.Contains(ValuePart, StringComparison.Ordinal))
            throw PlaceErrors.PlaceUnsupported.Make($"The text '{text}' has no place for the value.", "Put {value} where it stands.", text);
        _text = text;
        _parts = TemplatePart.Of(text, Parts());
        string pattern = string.Concat(_parts.Select(p => p.Pattern));
        _pattern = new Regex($@"\A{pattern}\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }

    /// <summary>True when it has a place for the login.</summary>
    public bool HasLogin => _text.Contains(Login, StringComparison.Ordinal);

    /// <summary>What a text holds.</summary>
    /// <param name="text">What stands there.</param>
    /// <param name="place">The place, in words.</param>
    /// <exception cref="OpsException"><c>SecretTemplateDiffers</c>. It never says what stands there.</exception>
    public SecretMaterial Read(string text, string place) => _text == LoginAlone ? new SecretMaterial("", text)
        : TryRead(text) ?? throw PlaceErrors.TemplateDiffers.Make(
        $"What stands in {place} does not fit '{_text}': other text is around the value, or "
            + (IsEncoded ? "it is not percent-encoded." : "it holds a character that is read as itself in quotes alone, or nowhere."),
        "Write under in: just what stands there, with {value} (and {login}) in their places" + (IsEncoded
            ? "; of a value, @ : / ? # and % must be written as %40 and so on." : "; take a value of letters and digits."), place);

    /// <summary>The text with a value.</summary>
    /// <param name="material">The value, and the login.</param>
    /// <param name="place">The place, in words.</param>
    /// <exception cref="OpsException"><c>SecretPlaceUnsupported</c>: it has a place for a login, and there is none.
    /// <c>SecretValueNotCarried</c>: it cannot stand there as it is.</exception>
    public string Write(SecretMaterial material, string place)
    {
        if (HasLogin && material.Login is null)
            throw PlaceErrors.PlaceUnsupported.Make($"The text '{_text}' has a place for a login, and the secret has none.",
                "Write the user's name in the place of {login}.", _text);
        if (_text == LoginAlone) return material.Login!;
        var made = new StringBuilder();
        foreach (TemplatePart part in _parts)
        {
            string text = part.Name == Login ? material.Login! : material.Value;
            if (part.FindRefused(text) is { } refused)
                throw PlaceErrors.ValueNotCarried.Make($"{place} cannot carry the {part.Name!.Trim('{', '}')}: in '{_text}', which is no "
                    + $"URL, it would stand as it is, and {refused} would be read as something else. Nothing was written.",
                    "Take one of letters and digits (random: alphabet), or give it a place of its own.", place);
            made.Append(part.Write(text));
        }
        string all = made.ToString();
        SecretMaterial? read = TryRead(all);
        return read is not null && read.Value == material.Value && (!HasLogin || read.Login == material.Login) ? all
            : throw PlaceErrors.ValueNotCarried.Make($"{place} cannot carry the value: in '{_text}' it would not be read back as it is.",
                "Take one of letters and digits, or give it a place of its own.", place);
    }

    private bool IsEncoded => _parts.Any(p => p.IsEncoded);

    private SecretMaterial? TryRead(string text)
    {
        Match match = _pattern.Match(text);
        if (!match.Success) return null;
        // A part that comes twice is the same twice.
        string?[] Of(string name) => [.. _parts.Where(p => p.Name == name).Select(p => p.Read(match.Groups[p.Group].Value)).Distinct()];
        return (Of(Value), Of(Login)) switch
        {
            ([{ } value], []) => new SecretMaterial(value),
            ([{ } value], [{ } login]) => new SecretMaterial(value, login),
            _ => null,
        };
    }

    [GeneratedRegex(@"(\{value\}|\{login\})")]
    private static partial Regex Parts();
}
