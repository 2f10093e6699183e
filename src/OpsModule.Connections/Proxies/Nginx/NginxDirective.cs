namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>A directive of an nginx configuration, with its place in the text.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Arguments">Its arguments, without quotes.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="End">Behind its semicolon, or behind the brace that opens its block.</param>
/// <param name="Block">What stands in its block; null for one without.</param>
internal sealed record NginxDirective(string Name, IReadOnlyList<string> Arguments, int Start, int End,
    IReadOnlyList<NginxDirective>? Block);
