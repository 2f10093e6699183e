using System.Text;
using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;

namespace OpsModule.Engine.Environments;

/// <summary>Writes a draft as a commented environment file.</summary>
internal static class EnvironmentText
{
    public static string Write(EnvironmentDraft draft)
    {
        var text = new StringBuilder();
        text.Append("# What there is to operate. Test-OpsEnvironment checks this file.\n");
        text.Append("# Secrets are references: env:NAME, file:PATH#KEY or file:PATH. Relative paths start at this folder.\n");
        foreach (string note in draft.Notes) text.Append("# To do: ").Append(OneLine(note)).Append('\n');
        text.Append("\nenvironment: ").Append(Quote(draft.Name)).Append('\n');
        WritePlatform(text, draft);
        WriteServices(text, draft.Services);
        WriteDatabases(text, draft.Databases);
        WriteCaches(text, draft.Caches);
        text.Append(Rest);
        return text.ToString();
    }

    private static void WritePlatform(StringBuilder text, EnvironmentDraft draft)
    {
        text.Append("\nplatform:\n");
        if (draft.ComposeFile is null)
        {
            text.Append("  host: {}        # or  compose: { file: compose.yaml }  or  kubernetes: { context: prod, namespace: app }\n");
            return;
        }
        text.Append("  compose: { file: ").Append(Quote(draft.ComposeFile));
        if (draft.Project is { Length: > 0 } project) text.Append(", project: ").Append(Quote(project));
        text.Append(" }\n");
    }

    private static void WriteServices(StringBuilder text, IReadOnlyList<DraftService> services)
    {
        text.Append("\n# What runs beside the databases and caches. health answers 200 when the service is well.\n");
        if (services.Count == 0) text.Append("services: {}\n  # api: { health: \"http://127.0.0.1:8080/health\", env: .env }\n");
        else text.Append("services:\n");
        foreach (DraftService service in services)
        {
            text.Append("  ").Append(Quote(service.Name)).Append(":\n");
            if (service.Health is { } health) text.Append("    health: ").Append(Quote(health)).Append('\n');
            if (service.SuggestedHealth is { } guess) text.Append("    # health: ").Append(Quote(guess)).Append("   # a guess from the published port\n");
            if (service.EnvFile is { } env) text.Append("    env: ").Append(Quote(env)).Append('\n');
        }
    }

    private static void WriteDatabases(StringBuilder text, IReadOnlyList<DraftDatabase> databases)
    {
        text.Append("\n# PostgreSQL. tenantSchema, where each tenant has a schema, says how it is named.\n");
        if (databases.Count == 0)
            text.Append("databases: {}\n  # main: { host: 127.0.0.1, port: 5432, name: app, user: app, password: \"env:POSTGRES_PASSWORD\" }\n"
                + "  # other: { url: \"env:DATABASE_URL\" }\n");
        else text.Append("databases:\n");
        foreach (DraftDatabase database in databases)
        {
            text.Append("  ").Append(Quote(database.Name)).Append(":\n");
            text.Append("    service: ").Append(Quote(database.Service)).Append('\n');
            text.Append("    name: ").Append(Quote(database.Database)).Append('\n');
            text.Append("    user: ").Append(Quote(database.User)).Append('\n');
            text.Append(database.Password is { } password ? $"    password: {Quote(password)}\n" : "    # password: \"env:POSTGRES_PASSWORD\"\n");
            text.Append("    # tenantSchema: \"tenant_{tenant}\"\n");
        }
    }

    private static void WriteCaches(StringBuilder text, IReadOnlyList<DraftCache> caches)
    {
        if (caches.Count == 0) return;
        text.Append("\n# Redis or Valkey.\ncaches:\n");
        foreach (DraftCache cache in caches)
        {
            text.Append("  ").Append(Quote(cache.Name)).Append(":\n    service: ").Append(Quote(cache.Service)).Append('\n');
            text.Append(cache.Password is { } password ? $"    password: {Quote(password)}\n" : "    # password: \"env:REDIS_PASSWORD\"\n");
        }
    }

    private const string Rest = """

        backups:
          stores:
            local: { path: backups }      # better a disk of its own; the first store is read from by default
            # offsite: { s3: BUCKET, prefix: prod, region: eu-central-1, accessKey: "env:AWS_ACCESS_KEY_ID", secretKey: "env:AWS_SECRET_ACCESS_KEY" }
          # retention: { database: { keep: 14d, weekly: 8, monthly: 12, atLeast: 3 } }      # Remove-OpsBackup -Retention applies it
          # encryption: { recipients: [ age1... ], identity: /etc/ops/identity.txt }

        # What restored data must show in a recovery drill, beside equal rows in every table.
        # drill: { minTables: 1, queries: [ "select count(*) from users" ] }

        # state: .ops      # the journal and the locks

        """;

    private static string OneLine(string text) => new([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);

    /// <summary>Plain where nothing in it means something to YAML, else in double quotes.</summary>
    private static string Quote(string value)
    {
        bool plain = value.Length > 0 && char.IsAsciiLetter(value[0]) && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/')
            && value.ToLowerInvariant() is not ("true" or "false" or "yes" or "no" or "on" or "off" or "null" or "y" or "n");
        if (plain) return value;
        var quoted = new StringBuilder("\"");
        foreach (char c in value)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFEFF') quoted.Append($"\\u{(int)c:X4}");
            else quoted.Append(c);
        }
        return quoted.Append('"').ToString();
    }
}
