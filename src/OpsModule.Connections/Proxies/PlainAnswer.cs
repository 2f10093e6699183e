namespace OpsModule.Connections.Proxies;

/// <summary>An answer.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Headers">Its headers, of a name that comes twice the last one; trailers, too.</param>
/// <param name="Body">Its body.</param>
internal sealed record PlainAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>A header; empty without one.</summary>
    public string Header(string name) => Headers.GetValueOrDefault(name) ?? "";
}
