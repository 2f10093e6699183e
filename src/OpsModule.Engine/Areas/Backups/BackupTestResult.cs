using OpsModule.Engine.Environments;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>How thoroughly a backup is tested.</summary>
public enum BackupTestLevel
{
    /// <summary>The object is there, whole, and has the manifest's SHA-256.</summary>
    Checksum,
    /// <summary>Also decrypted, decompressed and read as an archive by pg_restore --list and to its last row; every digest compared.</summary>
    Structure,
}

/// <summary>What a test found.</summary>
public enum BackupFinding
{
    /// <summary>Nothing is wrong.</summary>
    None,
    /// <summary>The manifest names an object that is not there.</summary>
    Missing,
    /// <summary>The object has no bytes.</summary>
    Empty,
    /// <summary>The object has fewer or more bytes than the manifest says.</summary>
    Truncated,
    /// <summary>The object's bytes are not those that were stored.</summary>
    Altered,
    /// <summary>The manifest's bytes are not those that were written.</summary>
    ManifestAltered,
    /// <summary>The archive cannot be read, though its checksum is right.</summary>
    Unreadable,
    /// <summary>A table's rows are not those that the manifest lists.</summary>
    ContentDiffers,
    /// <summary>An object without a manifest: what a killed run left, or a backup whose manifest was deleted.</summary>
    NoManifest,
    /// <summary>What an interrupted upload left behind.</summary>
    Leftover,
    /// <summary>It is not signed, or not encrypted, where the environment asks for that.</summary>
    NotTrusted,
}

/// <summary>The result of testing one backup.</summary>
/// <param name="Backup">The backup; null for findings that belong to none.</param>
/// <param name="Level">How thoroughly it was tested.</param>
/// <param name="Passed">True when nothing was found.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Message">What was found, in words, and what to do.</param>
/// <param name="Store">The store.</param>
/// <param name="Location">Path or URL of the object concerned.</param>
/// <param name="Duration">How long the test took.</param>
public sealed record BackupTestResult(BackupRecord? Backup, BackupTestLevel Level, bool Passed, BackupFinding Finding, string Message,
    string Store, string Location, TimeSpan Duration) : IVerdict, IAlertSource, IMetricSource, IEnvironmentRecord
{
    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    private string What => Backup is null ? Location : $"backup {Backup.Id} in store {Store}";

    bool IVerdict.IsBad() => !Passed;

    Alert IAlertSource.ToAlert() => new()
    {
        Environment = Backup?.Environment ?? Environment ?? "",
        Kind = AlertKind.Verification,
        Source = "verification",
        Target = What,
        Severity = Passed ? AlertSeverity.Information : AlertSeverity.Critical,
        State = Passed ? AlertState.Well : AlertState.Firing,
        Title = $"Verification of {What} {(Passed ? "passed" : $"found: {Finding}")}",
        Message = $"{(Backup is null ? Location : $"{Backup.Id} of {Backup.Subject.Words}")}: {Message}",
        Remedy = Passed ? "" : "Do not rely on this backup: make another one and test it.",
    };

    MetricBatch IMetricSource.ToMetrics()
    {
        (string, string?)[] labels = [("environment", Backup?.Environment), ((Backup?.Kind ?? default).Word(), Backup?.Name),
            ("tenant", Backup?.Tenant), ("store", Store)];
        // One series for each database and store, not for each backup: backups come and go.
        return new MetricBatch($"verification-store {Store}", Backup is null ? [] : [MetricNames.VerificationPassed.Of(Passed ? 1 : 0, labels), MetricNames.VerificationDuration.Of(Duration.TotalSeconds, labels)]);
    }
}
