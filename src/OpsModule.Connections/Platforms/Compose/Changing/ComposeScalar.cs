using OpsModule.Connections.Files;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Yaml;

namespace OpsModule.Connections.Platforms.Compose.Changing;

/// <summary>A value in <c>environment:</c> of a service, at its place in the text of a compose file.</summary>
public sealed class ComposeScalar
{
    private const char Mark = '\uFEFF';

    private readonly string _text, _key;
    private readonly YamlScalar _scalar;
    private readonly bool _isItem;

    private ComposeScalar(string file, string text, string key, YamlScalar scalar, bool isItem) =>
        (File, _text, _key, _scalar, _isItem) = (file, text, key, scalar, isItem);

    /// <summary>The file that it stands in.</summary>
    public string File { get; }

    /// <summary>Its line.</summary>
    public int Line => _scalar.Line;

    /// <summary>The value, as the service gets it.</summary>
    public string Value => Written.Replace("$$", "$");

    private string Written => _isItem ? _scalar.Value[(_key.Length + 1)..] : _scalar.Value;

    /// <summary>Finds it in the file that counts: the last one that has it.</summary>
    /// <param name="files">Texts of the files by path, in Compose's order.</param>
    /// <param name="service">The service.</param>
    /// <param name="key">The variable.</param>
    /// <exception cref="OpsException"><c>ComposeScalarMissing</c>, <c>ComposeScalarUnclear</c> with the line to move.</exception>
    public static ComposeScalar Find(IReadOnlyList<(string Path, string Text)> files, string service, string key)
    {
        foreach ((string path, string text) in files.Reverse())
            if (FindIn(path, text, service, key) is { } found) return found.Checked(service);
        throw ComposeScalarErrors.ScalarMissing.Make(
            $"{key} does not stand under environment: of {service} in {string.Join(", ", files.Select(f => f.Path))}.",
            "Correct the key or the service in the environment file; what is included or extended is named by its own file.", key);
    }

    /// <summary>The file's text with another value.</summary>
    /// <exception cref="OpsException"><c>ComposeScalarUnclear</c>.</exception>
    public string With(string value)
    {
        string doubled = value.Replace("$", "$$");
        try { return Head(_text) + YamlScalars.Replace(Body(_text), _scalar, _isItem ? $"{_key}={doubled}" : doubled); }
        catch (FormatException e) { throw Unclear(e.Message); }
    }

    private static ComposeScalar? FindIn(string path, string text, string service, string key)
    {
        IReadOnlyList<YamlScalar> all;
        try { all = YamlScalars.Read(Body(text)); }
        catch (YamlRefusedException e)
        {
            throw ComposeScalarErrors.ScalarUnclear.Make($"{path}({e.Line},{e.Column}): {e.Message}", "Correct the compose file.", path, e);
        }
        // Of a list the last item of a name counts.
        if (all.LastOrDefault(s => IsOf(s, service, key)) is { } scalar)
            return new ComposeScalar(path, text, key, scalar, scalar.Path[3] != key);
        // All of them at once, or by a merge: they stand elsewhere.
        return all.FirstOrDefault(s => s.Style == YamlStyle.Alias && s.Path is ["services", var name, ..] && name == service
            && s.Path.Skip(2).Take(2).ToArray() is [] or ["<<", ..] or ["environment"] or ["environment", "<<"]) is { } alias
            ? new ComposeScalar(path, text, key, alias, false) : null;
    }

    private static bool IsOf(YamlScalar scalar, string service, string key) =>
        scalar.Path is ["services", var name, "environment", var last] && name == service
        && (last == key || (last.StartsWith('[') && scalar.Style != YamlStyle.Alias
            && (scalar.Value == key || scalar.Value.StartsWith(key + "=", StringComparison.Ordinal))));

    private ComposeScalar Checked(string service)
    {
        if (_scalar.Obstacle is { } obstacle) throw Unclear(obstacle);
        bool isNull = _isItem ? _scalar.Value == _key : _scalar is { Style: YamlStyle.Plain, Value: "" or "~" or "null" };
        if (isNull) throw Unclear("it has no value there, and is passed on from the shell or the project's .env");
        if (VariableNames.In(Written).FirstOrDefault() is { } name)
            throw Unclear($"it takes in the variable {name}, so that the value stands elsewhere: name that place (.env#{name})");
        return this;
    }

    private OpsException Unclear(string why) => ComposeScalarErrors.ScalarUnclear.Make(
        $"{_key} in {File}, line {Line}, cannot be changed by itself: {why}.",
        $"Move that line into an env file ({_key}=... in .env, and {_key}: ${{{_key}}} here), and name the env file as the place.", _key);

    private static string Head(string text) => text.StartsWith(Mark) ? text[..1] : "";

    private static string Body(string text) => text.StartsWith(Mark) ? text[1..] : text;
}
