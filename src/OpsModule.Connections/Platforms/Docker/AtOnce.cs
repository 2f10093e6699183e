namespace OpsModule.Connections.Platforms.Docker;

/// <summary>Passes on at once and in order; .NET's own leaves that to threads that overtake each other.</summary>
internal sealed class AtOnce<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}
