using System.Security;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.EnvFiles;

/// <summary>A key of an env file. Its value is sealed for this process, and leaves it with no copy of the record.</summary>
public sealed record EnvFileValue : IEnvironmentRecord
{
    /// <summary>The environment; null without one.</summary>
    public string? Environment { get; init; }

    /// <summary>The file's full path.</summary>
    public required string Path { get; init; }

    /// <summary>The variable.</summary>
    public required string Key { get; init; }

    /// <summary>The value, as the services get it; null where it is not to be shown, and where a name stands alone.</summary>
    public SecureString? Value { get; init; }

    /// <summary>
    /// The same for the same value, and no way to it without the key of the environment's state folder. Null without an environment, and
    /// without a value.
    /// </summary>
    public string? Fingerprint { get; init; }

    /// <summary>The line at which it stands last, from 1.</summary>
    public int Line { get; init; }

    /// <summary>The services that get it, as far as the files tell.</summary>
    public IReadOnlyList<string> Services { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How the file was written, where it was: <c>Replaced</c> or <c>InPlace</c>; else null.</summary>
    public string? Written { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <inheritdoc/>
    public override string ToString() => $"{Path}#{Key}";
}
