namespace OpsModule.Connections.Platforms.Contract.Vantages;

/// <summary>Whether a connection can be made from where a service stands.</summary>
/// <param name="Vantage">The place; null when there is none to be had, or when this machine is that place.</param>
/// <param name="Reason">Why there is none, in words that follow "because"; null when there is one, or when this machine is that
/// place.</param>
public sealed record VantageAnswer(ServiceVantage? Vantage, string? Reason);
