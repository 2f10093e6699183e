namespace OpsModule.Engine.Tests.Secrets;

/// <summary>The clock of the system, and as much later as a test says; who waits for a moment waits for it in truth.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    /// <summary>How much later it is.</summary>
    public TimeSpan Later { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Later;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Later.TotalSeconds * TimestampFrequency);
}
