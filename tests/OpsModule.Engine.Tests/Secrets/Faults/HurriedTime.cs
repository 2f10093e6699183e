namespace OpsModule.Engine.Tests.Secrets.Faults;

/// <summary>A clock by which who looks at it often loses patience soon.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private int _looks;

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Increment(ref _looks) * 12 * TimestampFrequency;
}
