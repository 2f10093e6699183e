using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>What each kind is called in keys, targets and sentences, and what its object is.</summary>
internal static class BackupKinds
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<BackupKind> All { get; } = [BackupKind.Database, BackupKind.Cache, BackupKind.Configuration];

    /// <summary>As it stands in keys, in <c>backups.retention</c> and in sentences: <c>cache</c>.</summary>
    public static string Word(this BackupKind kind) => kind switch
    {
        BackupKind.Database => "database",
        BackupKind.Cache => "cache",
        BackupKind.Configuration => "configuration",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Several, in a sentence: <c>caches</c>.</summary>
    public static string Plural(this BackupKind kind) => kind == BackupKind.Configuration ? "configurations" : kind.Word() + "s";

    /// <summary>The kind of this word; null when it is none.</summary>
    public static BackupKind? Of(string word) => All.Cast<BackupKind?>().FirstOrDefault(k => k!.Value.Word() == word);

    /// <summary>What the name of its object ends in, before compression and encryption.</summary>
    public static string Suffix(this BackupKind kind) => kind switch
    {
        BackupKind.Database => ".dump", BackupKind.Cache => ".rdb", BackupKind.Configuration => ".tar",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>The cmdlet that makes one.</summary>
    public static string Action(this BackupKind kind) => "Backup-Ops" + kind;
}

/// <summary>What a backup is of.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Name">The name in the environment file.</param>
/// <param name="Tenant">The tenant of a database; null for the whole.</param>
internal readonly record struct BackupSubject(BackupKind Kind, string Name, string? Tenant)
{
    /// <summary>In words: <c>database main, tenant demo</c>, <c>cache main</c>.</summary>
    public string Words => $"{Kind.Word()} {Short}";

    /// <summary>The same where the kind need not be said of databases: <c>main, tenant demo</c>, <c>cache main</c>.</summary>
    public string Brief => Kind == BackupKind.Database ? Short : Words;

    /// <summary>The lock's and the journal's name.</summary>
    public string Target => Kind == BackupKind.Database ? Changes.Plans.Target.Database(Name, Tenant).Path : $"{Kind.Word()}/{Name}";

    private string Short => Tenant is null ? Name : $"{Name}, tenant {Tenant}";
}
