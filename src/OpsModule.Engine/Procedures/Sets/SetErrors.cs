using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Procedures.Sets;

/// <summary>The catalogue of what goes wrong with sets of backups.</summary>
public static class SetErrors
{
    private const string Page = "concepts/configuration.md#one-set";

    /// <summary>No store has a set of this id.</summary>
    public static readonly ErrorCode NotFound = new("BackupSetNotFound", OpsErrorCategory.ObjectNotFound, Page);

    /// <summary>A backup of the set is missing, or another one.</summary>
    public static readonly ErrorCode Incomplete = new("BackupSetIncomplete", OpsErrorCategory.InvalidData, Page);

    /// <summary>A set's manifest is not what was written, or not signed.</summary>
    public static readonly ErrorCode NotTrusted = new("BackupSetNotTrusted", OpsErrorCategory.InvalidData, Page);

    /// <summary>The environment has nothing that a set could hold.</summary>
    public static readonly ErrorCode Empty = new("BackupSetEmpty", OpsErrorCategory.ObjectNotFound, Page);
}
