namespace OpsModule.Engine.Tests.Rollouts.Lab;

/// <summary>What clients do meanwhile.</summary>
/// <param name="Port">The proxy's port.</param>
public sealed record LoadOptions(int Port)
{
    /// <summary>Its address.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Requests each second: GET and POST with bodies, half of each over connections that are kept.</summary>
    public int Rate { get; init; } = 200;

    /// <summary>Whether a websocket sends something five times a second.</summary>
    public bool Websocket { get; init; } = true;

    /// <summary>How long an upload takes, one after another; null for none.</summary>
    public TimeSpan? Upload { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After so long an answer that has not come is a failure.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);
}
