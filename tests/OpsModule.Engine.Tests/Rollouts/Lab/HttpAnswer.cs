namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>An answer.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">Its body.</param>
/// <param name="Closes">Whether the connection is not to be used again.</param>
public sealed record HttpAnswer(int Status, string Body, bool Closes);
