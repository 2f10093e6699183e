namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>What HAProxy has counted of one server since it started.</summary>
/// <param name="Current">Requests (and websockets) that it has now.</param>
/// <param name="Sent">Requests that it was sent.</param>
/// <param name="ServerErrors">Answers of a status of 500 and above.</param>
/// <param name="Broken">Requests that it did not take or not answer.</param>
/// <param name="Answers">Answers of its own, whatever their status.</param>
internal sealed record HAProxyFigures(long Current, long Sent, long ServerErrors, long Broken, long Answers);
