namespace OpsModule.Connections.Proxies;

/// <summary>Why a proxy may fail a client's request whenever it is told something.</summary>
/// <param name="Words">What, and why, in a sentence.</param>
/// <param name="Remedy">What to do about it.</param>
public sealed record ProxyWeakness(string Words, string Remedy);
