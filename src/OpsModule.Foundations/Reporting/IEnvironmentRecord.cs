namespace OpsModule.Foundations.Reporting;

/// <summary>A record that is of an environment, and is told which when it is emitted.</summary>
public interface IEnvironmentRecord
{
    /// <summary>The environment's name; null where it is not known.</summary>
    string? Environment { get; }

    /// <summary>The same record, of this environment.</summary>
    object In(string environment);
}
