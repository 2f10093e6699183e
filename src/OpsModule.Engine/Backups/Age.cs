using OpsModule.Engine.Environments;
using OpsModule.Engine.Processes;

namespace OpsModule.Engine.Backups;

/// <summary>Calls of the program age: recipients are public keys and may be arguments, identities only ever are files.</summary>
internal static class Age
{
    public static ProgramCall Encrypt(IReadOnlyList<string> recipients) => new("age", [.. recipients.SelectMany(r => new[] { "-r", r })]);

    /// <exception cref="OpsException"><c>IdentityMissing</c>.</exception>
    public static ProgramCall Decrypt(OpsEnvironment environment, BackupRecord backup)
    {
        string? identity = environment.Backups.IdentityFile;
        if (identity is null || !File.Exists(identity))
            throw new OpsException("IdentityMissing", OpsErrorCategory.ObjectNotFound,
                $"Backup {backup.Id} is encrypted, and " + (identity is null ? "the environment names no age identity." : $"the age identity file {identity} does not exist."),
                "Set backups.encryption.identity to the file that holds the private key.", backup);
        return new ProgramCall("age", "-d", "-i", identity);
    }
}
