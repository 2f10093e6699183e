using OpsModule.Engine.Environments;
using OpsModule.Foundations.Bytes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Backups;

/// <summary>Calls of the program age: recipients are public keys and may be arguments, identities only ever are files.</summary>
internal static class Age
{
    public static ProgramCall Encrypt(IReadOnlyList<string> recipients) => new("age", [.. recipients.SelectMany(r => new[] { "-r", r })]);

    /// <summary>Encrypts what is in memory.</summary>
    public static async Task<byte[]> EncryptAsync(byte[] content, IReadOnlyList<string> recipients, CancellationToken ct)
    {
        var collected = new CollectingStage();
        await using var filter = new ProgramFilter(Encrypt(recipients), collected);
        await filter.WriteAsync(content, ct).ConfigureAwait(false);
        await filter.CompleteAsync(ct).ConfigureAwait(false);
        return collected.Bytes.ToArray();
    }

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

    /// <summary>What a failure of age means: that the key is not the right one says nothing of the backup.</summary>
    public static OpsException Explain(OpsException failed, OpsEnvironment environment, BackupRecord backup)
    {
        bool isKey = failed.Message.Contains("no identity matched", StringComparison.Ordinal);
        if (!isKey && !OfTheIdentity.Any(t => failed.Message.Contains(t, StringComparison.OrdinalIgnoreCase))) return failed;
        return new OpsException("IdentityWrong", OpsErrorCategory.PermissionDenied, isKey
                ? $"Backup {backup.Id} is encrypted to other recipients: no key in the age identity file {environment.Backups.IdentityFile} opens it."
                : $"The age identity file {environment.Backups.IdentityFile} cannot be used: {failed.Message}",
            "Set backups.encryption.identity to the file with the private key that belongs to one of the recipients at the time of the backup.", backup, failed);
    }

    private static readonly string[] OfTheIdentity = ["identities", "identity file", "malformed secret key", "unknown identity", "permission denied", "passphrase", "incorrect HRP"];

    private sealed class CollectingStage : Stage
    {
        public MemoryStream Bytes { get; } = new();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Bytes.WriteAsync(buffer, cancellationToken);

        public override Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
