namespace OpsModule.Engine.Areas.Imports.Files;

/// <summary>What a dump is written as.</summary>
public enum DumpFormat
{
    /// <summary>An archive in one file (<c>pg_dump -Fc</c>).</summary>
    Custom,
    /// <summary>SQL, as psql reads it (<c>pg_dump</c>).</summary>
    Script,
    /// <summary>An archive in a tar file (<c>pg_dump -Ft</c>).</summary>
    Tar,
    /// <summary>An archive in a folder (<c>pg_dump -Fd</c>).</summary>
    Directory,
}
