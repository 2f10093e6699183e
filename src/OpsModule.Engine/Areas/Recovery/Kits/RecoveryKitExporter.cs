using OpsModule.Engine.Environments.Signatures;
using System.Globalization;
using System.Text;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Recovery.Kits.Content;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>
/// Writes recovery kits: one file, encrypted with age, that a person with the private key can bring the data back with, without
/// this module.
/// </summary>
public sealed class RecoveryKitExporter(OpsContext context)
{
    /// <summary>The cmdlet's name in the journal.</summary>
    public const string Action = "Export-OpsRecoveryKit";

    private KitContent? _content;
    private Dictionary<string, byte[]> _files = [];

    /// <summary>Reads the environment file and the stores, and says what would be written; writes nothing.</summary>
    /// <returns>The file, and what would be in it, in words.</returns>
    /// <exception cref="OpsException"><c>KitNotEncrypted</c>, <c>RecipientInvalid</c>, <c>KitExists</c>, <c>KitNeedsFile</c>,
    /// <c>KitHoldsKey</c>.</exception>
    public async Task<(string File, string Words)> PlanAsync(RecoveryKitRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> recipients = RecipientsOf(request);
        string file = FileOf(request);
        if (!request.Replaces && File.Exists(file)) throw Exists(file);
        (_content, _files) = await new KitCollector(context).CollectAsync(recipients, cancellationToken).ConfigureAwait(false);
        if (_content.Backups.Count == 0) context.Reporter.Warning($"No store of environment {context.Environment.Name} that could be "
            + $"read holds a backup; the kit leads to none.");
        else WarnOfLacking(_content);
        foreach (KitBackup bare in _content.Backups.Where(b => b.Tenant is null && b.Globals is null).DistinctBy(b => b.Id))
            context.Reporter.Warning($"Backup {bare.Id} of {bare.Name} holds no roles: whoever recovers has to make them by hand. "
                + $"Make a new backup, then a new kit.");
        if (request.ModuleFolder is { } module) AddModule(module);
        return (file, string.Create(CultureInfo.InvariantCulture,
                $"Write a recovery kit: ops.yaml, {_content.Backups.Count} newest backups of {_content.Stores.Count} stores")
            + (request.ModuleFolder is null ? "" : ", the module")
            + $", encrypted to {recipients.Count} recipient{(recipients.Count == 1 ? "" : "s")}");
    }

    private void WarnOfLacking(KitContent content)
    {
        string[] tenantsOnly = content.TenantsOnly(content.Databases);
        if (content.Lacking(content.Databases).Except(tenantsOnly, StringComparer.Ordinal).ToArray() is { Length: > 0 } lacking)
            context.Reporter.Warning($"The kit leads to no backup of {string.Join(", ", lacking)}: no store that could be read holds a "
                + "whole one that can be trusted. Back it up, then make a new kit.");
        if (tenantsOnly.Length > 0)
            context.Reporter.Warning($"The kit leads to no backup of the whole of {string.Join(", ", tenantsOnly)}, only to tenants': its "
                + "page has no steps that bring the database back. Back up the whole, too, then make a new kit.");
    }

    /// <summary>Writes what was planned.</summary>
    /// <exception cref="OpsException"><c>KitNotWritten</c>, <c>KitExists</c>, <c>EncryptionFailed</c>.</exception>
    public async Task<RecoveryKitRecord> RunAsync(RecoveryKitRequest request, CancellationToken cancellationToken)
    {
        KitContent content = _content ?? throw new InvalidOperationException("Plan first.");
        string file = FileOf(request);
        await using IJournaledChange change = await context.Journal.BeginAsync(Action, "recovery-kit/" + context.Environment.Name,
            new Dictionary<string, string> { ["path"] = file, ["recipients"] = string.Join('\n', content.KitRecipients) })
                .ConfigureAwait(false);
        try
        {
            bool hasModule = request.ModuleFolder is not null;
            _files[KitArchive.PageName] = Encoding.UTF8.GetBytes(KitPage.Write(content, context.Environment, hasModule));
            byte[] kit = await EncryptAsync(KitArchive.Write(content, _files), content.KitRecipients, cancellationToken)
                .ConfigureAwait(false);
            Write(file, kit, request.Replaces);
            var record = new RecoveryKitRecord
            {
                Environment = content.Environment, Path = file, CreatedAt = content.CreatedAt, Bytes = kit.Length,
                    Sha256 = KitArchive.Hash(kit),
                Recipients = content.KitRecipients, Backups = [.. content.Backups.Select(b => b.Id).Distinct()], HasModule = hasModule,
                StoresUnread = [.. content.Stores.Where(s => s.Problem is not null).Select(s => s.Name)],
                SecretsElsewhere = [.. content.Secrets.Select(s => s.Path)],
                Next = $"age -d -i IDENTITY {Path.GetFileName(file)} | tar -xf -   # in an empty folder; then README.md",
            };
            await change.CompleteAsync($"{kit.Length:N0} bytes, {record.Backups.Count} backups", new Dictionary<string,
                string> { ["sha256"] = record.Sha256 }).ConfigureAwait(false);
            return record;
        }
        catch (Exception e)
        {
            bool stopped = cancellationToken.IsCancellationRequested;
            await change.FailAsync(stopped ? IJournaledChange.Cancelled : (e as OpsException)?.ErrorId ?? "KitNotWritten", stopped
                ? "It was stopped; no kit was written." : e.Message).ConfigureAwait(false);
            throw;
        }
    }

    private string FileOf(RecoveryKitRequest request)
    {
        bool isFolder = Directory.Exists(request.Path) || Path.EndsInDirectorySeparator(request.Path);
        return isFolder ? Path.Combine(request.Path, $"{ShellText.FileName(context.Environment.Name)}-recovery-kit.tar.age")
            : Path.GetFullPath(request.Path);
    }

    private IReadOnlyList<string> RecipientsOf(RecoveryKitRequest request)
    {
        IReadOnlyList<string> recipients = [.. (request.Recipients.Count > 0 ? request.Recipients
            : context.Environment.Backups.Recipients).Distinct()];
        if (recipients.Count == 0)
            throw KitErrors.KitNotEncrypted.Make("A recovery kit says where everything is and how to get at it, so it is only written "
                + "encrypted; the environment names no recipient, and none was given.",
                "Make a key (age-keygen -o identity.txt), keep it away from this machine, and give the public key with -Recipient or "
                    + "in backups.encryption.recipients.");
        if (recipients.FirstOrDefault(r => !AgeRecipient.IsValid(r)) is { } wrong)
            throw KitErrors.RecipientInvalid.Make(wrong.StartsWith("AGE-SECRET-KEY-", StringComparison.OrdinalIgnoreCase)
                    ? "What was given as a recipient is a private key. It is out now: in the history of this shell, perhaps in a log."
                    : $"'{wrong}' is no age recipient: it has not the form of one, or its checksum is wrong.",
                "Give a public key as age-keygen -y prints it (age1...), or an SSH public key.");
        return recipients;
    }

    private void AddModule(string folder)
    {
        // Code that was compiled ahead is for one kind of machine, and only saves time.
        string native = Path.Combine(folder, "native") + Path.DirectorySeparatorChar;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f =>
            !f.StartsWith(native, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            _files["module/OpsModule/" + Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar,
                '/')] = File.ReadAllBytes(file);
    }

    private static async Task<byte[]> EncryptAsync(byte[] tar, IReadOnlyList<string> recipients, CancellationToken ct)
    {
        try { return await Age.EncryptAsync(tar, recipients, ct).ConfigureAwait(false); }
        catch (OpsException e) when (e.ErrorId == "ProgramFailed")
        {
            throw new OpsException("EncryptionFailed", OpsErrorCategory.WriteError,
                $"The recovery kit was not written, because it could not be encrypted: {e.Message}", "Correct the recipients.", null, e);
        }
    }

    private static void Write(string file, byte[] kit, bool replaces)
    {
        try { AtomicFile.Write(file, kit, AtomicFile.Private, replaces); }
        catch (IOException) when (!replaces && File.Exists(file)) { throw Exists(file); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw KitErrors.KitNotWritten.Make($"The recovery kit {file} cannot be written: {e.Message.TrimEnd('.')}.",
                Disk.IsFull(e) ? "Free space there, or write to another disk."
                    : "Make its folder, or give this user the right to write there.", file, e);
        }
    }

    private static OpsException Exists(string file) => KitErrors.KitExists.Make($"There is a file {file}.",
        "Choose another name, or replace it with -Force.", file);
}
