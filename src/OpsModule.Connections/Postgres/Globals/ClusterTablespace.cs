namespace OpsModule.Connections.Postgres.Globals;

/// <summary>A place for data on the server's disks.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Owner">Its owner.</param>
/// <param name="Location">The folder, as the server knows it.</param>
/// <param name="Options">Its options, <c>name=value</c>.</param>
/// <param name="Grants">Who else may create objects in it.</param>
/// <param name="Comment">Its comment.</param>
public sealed record ClusterTablespace(string Name, string Owner, string Location, IReadOnlyList<string> Options,
    IReadOnlyList<TablespaceGrant> Grants, string? Comment);
