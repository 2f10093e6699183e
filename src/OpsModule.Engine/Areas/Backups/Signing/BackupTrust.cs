using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Backups.Signing;

/// <summary>Whether the content of a backup may be used: who can write to a store can put anything there.</summary>
public static class BackupTrust
{
    /// <summary>Refuses what is not signed where a key is set, and what is not encrypted where encryption is asked for.</summary>
    /// <exception cref="OpsException"><c>BackupNotSigned</c>, <c>BackupNotEncrypted</c>.</exception>
    public static void Check(OpsContext context, BackupRecord backup)
    {
        BackupSettings settings = context.Environment.Backups;
        if (IsUnsigned(settings, backup))
            throw BackupErrors.BackupNotSigned.Make($"Backup {backup.Id} in store {backup.Store} is not signed, and backups.signing is set: anybody who can write to the store could have made it.",
                "Use a signed one. Where this one is older than the key and you trust the store: signing: { ..., required: false }.",
                    backup);
        if (IsClear(settings, backup))
            throw BackupErrors.BackupNotEncrypted.Make($"Backup {backup.Id} in store {backup.Store} is not encrypted, and backups.encryption is set: anybody who can write to the store could have made it.",
                "Use an encrypted one. Where this one is older than the encryption and you trust the store: encryption: { ..., required: false }.", backup);
    }

    /// <summary>Why it may not be used, in words; null when it may.</summary>
    internal static string? WhyRefused(OpsContext context, BackupRecord backup) =>
        IsUnsigned(context.Environment.Backups, backup) ? "it is not signed"
        : IsClear(context.Environment.Backups, backup) ? "it is not encrypted" : null;

    private static bool IsUnsigned(BackupSettings settings, BackupRecord backup) =>
        settings.Signing is { Required: true } && backup.Signature != BackupSignature.Valid;

    private static bool IsClear(BackupSettings settings, BackupRecord backup) =>
        settings is { Recipients.Count: > 0, EncryptionRequired: true } && !backup.Encrypted;
}
