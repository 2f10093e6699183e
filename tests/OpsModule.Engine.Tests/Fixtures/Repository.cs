namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>The repository that the tests are of.</summary>
internal static class Repository
{
    /// <summary>Its folder.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "OpsModule.sln"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"There is no OpsModule.sln above {AppContext.BaseDirectory}.");
    }
}
