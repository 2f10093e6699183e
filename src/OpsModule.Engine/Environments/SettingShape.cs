namespace OpsModule.Engine.Environments;

/// <summary>What a value of the environment file must look like. One declaration drives validation, suggestions and the JSON schema.</summary>
internal abstract record SettingShape;

/// <summary>What is special about a single value.</summary>
internal enum ScalarKind
{
    Text,
    Name,
    Integer,
    Boolean,
    Duration,
    HttpUrl,
    Secret,
    Path,
    Level,
    HostPort,
    Mail,
    Probe,
}

/// <summary>A single value.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Expected">What to write, for messages.</param>
internal sealed record ScalarShape(ScalarKind Kind, string Expected) : SettingShape
{
    public int Minimum { get; init; }
    public int Maximum { get; init; } = int.MaxValue;
    public IReadOnlyList<string> Choices { get; init; } = [];
    /// <summary>Text that must occur in the value.</summary>
    public string? MustContain { get; init; }
}

/// <summary>A section with fixed keys.</summary>
internal sealed record SectionShape(params IReadOnlyList<Setting> Keys) : SettingShape
{
    public Setting? Find(string name) => Keys.FirstOrDefault(k => k.Name == name);
}

/// <summary>A section whose keys are names that the author chooses.</summary>
/// <param name="Example">A name for the path in documentation, for example <c>NAME</c>.</param>
/// <param name="Item">What stands under each name.</param>
internal sealed record NamedShape(string Example, SettingShape Item) : SettingShape;

/// <summary>A list.</summary>
internal sealed record ListShape(SettingShape Item) : SettingShape;

/// <summary>Either a single value or a section.</summary>
internal sealed record EitherShape(ScalarShape Scalar, SectionShape Section) : SettingShape;

/// <summary>One key of a section.</summary>
internal sealed record Setting(string Name, SettingShape Shape, string Description, bool Required = false)
{
    /// <summary>Default, as text for the documentation.</summary>
    public string? Default { get; init; }
}
