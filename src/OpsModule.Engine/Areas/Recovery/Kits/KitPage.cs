using System.Globalization;
using System.Text;
using OpsModule.Engine.Areas.Recovery.Kits.Content;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Recovery.Kits;

/// <summary>The page of a kit: how a person who has nothing of this module brings the service's data back.</summary>
internal static class KitPage
{
    public static string Write(KitContent content, OpsEnvironment environment, bool hasModule)
    {
        var page = new StringBuilder();
        WriteHead(page, content);
        WriteElsewhere(page, content);
        WriteStores(page, content);
        WriteSetting(page, content);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var steps = new KitSteps(content, environment);
        foreach (KitBackup backup in Chosen(content)) steps.Write(page, backup, Free(names, ShellText.FileName(backup.Name)));
        WriteTenants(page, content);
        WriteRest(page, content, hasModule);
        return page.ToString();
    }

    /// <summary>Of each whole database the newest backup, from the first store that has it.</summary>
    private static IEnumerable<KitBackup> Chosen(KitContent content) => content.Backups.Where(b => b.Tenant is null).GroupBy(b =>
        b.Name, StringComparer.Ordinal)
        .Select(g => g.OrderByDescending(b => b.StartedAt).First());

    private static string Free(HashSet<string> names, string name)
    {
        string free = name;
        for (int n = 2; !names.Add(free); n++) free = FormattableString.Invariant($"{name}-{n}");
        return free;
    }

    private static void WriteHead(StringBuilder page, KitContent content) => page.Append(CultureInfo.InvariantCulture, $"""
        # Recovery kit of {ShellText.Inline(content.Environment)}

        Made on {content.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC by OpsModule {content.Module}. With it,
        the private key of age and a store of backups the data comes back on an empty machine. Nothing else of OpsModule is
        needed: a shell, `age`, `zstd`, `gunzip`, `sha256sum`, the client programs of PostgreSQL (Debian:
        `apt install age zstd postgresql-client`){(content.Stores.Any(s =>
            s.IsBucket()) ? ", `aws` for buckets" : "")}, and a running server of PostgreSQL of the same or a newer version, with nothing
        in it.

        You have come here by `age -d -i KEY KIT | tar -xf -` in an empty folder. **Run every block that follows in
        this folder, in one shell, in this order, as it stands.** When a command fails, stop and read what it says.

        Versions: {string.Join("; ", content.Programs.Select(p => $"{p.Key} {ShellText.Inline(p.Value)}"))}.

        """);

    private static void WriteElsewhere(StringBuilder page, KitContent content)
    {
        page.Append($"""

            ## What must come from elsewhere

            - **The private key of age.** It is not in this kit. {(content.IdentityFile is { } file
                ? $"On the machine it lay in `{ShellText.Inline(file)}`." : "The machine itself had none.")}
              The kit opens with the private key of any of: {Keys(content.KitRecipients)}.
              {(content.BackupRecipients.Count == 0 ? "The backups are not encrypted."
                  : $"The backups are encrypted to (when this kit was made): {Keys(content.BackupRecipients)}.")}
            - **Access to the stores** below, and the secrets that `ops.yaml` refers to:

            | in ops.yaml | where the secret was |
            |---|---|

            """);
        foreach (KitSecret secret in content.Secrets) page.Append($"| {ShellText.Inline(secret.Path)} | "
            + $"{ShellText.Inline(secret.Reference)} |\n");
        if (content.Secrets.Count == 0) page.Append("| (none) | |\n");
    }

    private static string Keys(IReadOnlyList<string> recipients) =>
        string.Join(", ", recipients.Select(r => $"`{ShellText.Inline(r)}` (SHA-256 {KitArchive.Hash(Encoding.UTF8.GetBytes(r))[..16]})"));

    private static void WriteStores(StringBuilder page, KitContent content)
    {
        page.Append("\n## Where the backups are\n\n| store | kind | place | endpoint | |\n|---|---|---|---|---|\n");
        foreach (KitStore store in content.Stores)
            page.Append($"| {ShellText.Inline(store.Name)} | {store.Kind} | {ShellText.Inline(store.Place)} | "
                + $"{ShellText.Inline(store.Endpoint)} | "
                + $"{(store.Problem is null ? "" : "could not be read when this kit was made: " + ShellText.Inline(store.Problem))} |\n");
        page.Append("\nThe newest of each, when this kit was made:\n\n| database | tenant | store | began, UTC | bytes | SHA-256 | "
            + "key |\n|---|---|---|---|---|---|---|\n");
        foreach (KitBackup backup in content.Backups)
            page.Append(CultureInfo.InvariantCulture,
                $"| {ShellText.Inline(backup.Name)} | {ShellText.Inline(backup.Tenant)} | {ShellText.Inline(backup.Store)} | "
                    + $"{backup.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} ")
                .Append(CultureInfo.InvariantCulture, $"| {backup.Bytes} | {ShellText.Inline(backup.Sha256)} | ")
                .Append(CultureInfo.InvariantCulture, $"{ShellText.Inline(backup.Key)} |\n");
        if (content.Backups.Count == 0) page.Append("| **there was none** | | | | | | |\n");
    }

    private static void WriteSetting(StringBuilder page, KitContent content)
    {
        page.Append("""

            ## Where things are now

            Change what is not so, or set these variables before. The login must be a superuser of the new server.

            ```sh
            : "${KEY:=/root/identity.txt}"
            : "${PGHOST:=/var/run/postgresql}" "${PGPORT:=5432}" "${PGUSER:=postgres}"
            export PGHOST PGPORT PGUSER

            """);
        for (int i = 0; i < content.Stores.Count; i++) page.Append(CultureInfo.InvariantCulture,
            $"test -n \"${{STORE_{i + 1}:-}}\" || STORE_{i + 1}={ShellText.Quote(content.Stores[i].Place)}\n");
        page.Append("psql -X -At -d postgres -c 'SELECT version()'\n```\n");
    }

    private static void WriteTenants(StringBuilder page, KitContent content)
    {
        if (content.Backups.All(b => b.Tenant is null)) return;
        page.Append("""

            ## Tenants

            A tenant's backup is one schema of a database. It is fetched and unpacked as above, into a database that has the roles
            and the extensions; a schema of that name must not be there (`ALTER SCHEMA ... RENAME TO ...` first):
            `pg_restore --exit-on-error -d DATABASE TENANT.dump`. Look in the table which is newer, the tenant's or the whole database's.

            """);
    }

    private static void WriteRest(StringBuilder page, KitContent content, bool hasModule)
    {
        page.Append($"""

            ## After that

            1. `ops.yaml` lay in `{ShellText.Inline(content.File)}`. Put it there, and the secrets of the table above
               where it looks for them.
            2. Start the services, and look at them as their users do.
            3. {(hasModule ? "In PowerShell 7.4 or later: `Import-Module ./module/OpsModule/OpsModule.psd1`." : "Install OpsModule.")}
               `Test-OpsEnvironment -Connect`
               says what is missing, `Backup-OpsDatabase` makes the first backup of the new machine, `Export-OpsRecoveryKit` the next kit.
            4. Rotate what may have been lost with the old machine: passwords, keys of stores, the key of age.

            """);
    }
}
