namespace OpsModule.Connections.Stores.S3;

/// <summary>How objects are locked as they are uploaded.</summary>
/// <param name="IsCompliance">True for a lock that nobody can take away before its time; false for one that a right to bypass governance opens.</param>
/// <param name="For">How long.</param>
public sealed record S3Lock(bool IsCompliance, TimeSpan For);
