using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>The keys of <c>secrets:</c>.</summary>
internal static class SecretsShape
{
    public const string Key = "secrets";

    private const string Reference = "env:NAME, file:PATH#KEY or file:PATH";

    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text"), Name = new(ScalarKind.Name, "a name"),
        Path = new(ScalarKind.Path, "a path"), Url = new(ScalarKind.HttpUrl, "a URL that begins with http:// or https://"),
        Secret = new(ScalarKind.Secret, Reference), Duration = new(ScalarKind.Duration, DurationText.Expected),
        Port = new(ScalarKind.Integer, "a port") { Minimum = 1, Maximum = 65535 };

    /// <summary>The section.</summary>
    public static Setting Setting { get; } = new(Key, new NamedShape("NAME", new SectionShape(
        new Setting("postgres", new SectionShape(
            new Setting("database", Name, "The database, by its name under databases.", Required: true),
            new Setting("logins", new ListShape(Text),
                "The login, or two that take turns: then nobody is refused while the services are replaced.", Required: true),
            new Setting("owner", Text, "The role without a login that owns what both logins make.")),
            "The password of a login of PostgreSQL."),
        new Setting("redis", new SectionShape(
            new Setting("cache", Name, "The cache, by its name under caches.", Required: true),
            new Setting("user", Text, "The ACL user.") { Default = "the password of the server, requirepass" }),
            "The password of a Redis."),
        new Setting("value", new SectionShape(
            new Setting("proof", new ScalarShape(ScalarKind.Text, "one of sentry, s3, grafana, http, none")
            {
                Choices = ["sentry", "s3", "grafana", "http", "none"],
            }, "How it is proven before it replaces the old one.", Required: true),
            new Setting("url", Url, "The address that is asked, for grafana and http."),
            new Setting("header", new ScalarShape(ScalarKind.Text, "a header such as 'Authorization: Bearer {value}'")
            {
                MustContain = "{value}",
            }, "The header that carries it, for http."),
            new Setting("store", Name, "The store that is listed, by its name under backups.stores, for s3."),
            new Setting("user", Text, "The user, for grafana.") { Default = "admin" }),
            "A value that somebody else makes, and that is handed in."),
        new Setting("sentry", new SectionShape(
            new Setting("org", Text, "The organization's slug.", Required: true),
            new Setting("project", Text, "The project's slug.", Required: true),
            new Setting("token", Secret, "A token that may write projects.", Required: true),
            new Setting("url", Url, "The server.") { Default = "https://sentry.io" }),
            "A DSN of Sentry, whose keys are made and disabled by its API."),
        new Setting("random", new SectionShape(
            new Setting("length", new ScalarShape(ScalarKind.Integer, "a number of characters") { Minimum = 1, Maximum = 4096 },
                "How many characters.") { Default = "32" },
            new Setting("alphabet", Text, "letters-and-digits, hex, base64url, or the characters themselves.") {
                Default = "letters-and-digits" }),
            "A value that only its uses know."),
        KeysShape.Jwt,
        KeysShape.ApiKey,
        new Setting("pgbouncer", new SectionShape(
            new Setting("userlist", Path, "Its file with the same verifiers, userlist.txt.", Required: true),
            new Setting("service", Name, "The service that it is, which is told to read it."),
            new Setting("host", Text, "Where its console listens, in place of a service."),
            new Setting("port", Port, "The console's port.") { Default = "6432" },
            new Setting("user", Text, "Who may tell it.") { Default = "pgbouncer" },
            new Setting("password", Secret, "That user's password.")),
            "A PgBouncer before the database."),
        new Setting("uses", new ListShape(new SectionShape(
            new Setting("file", Path, "An env file, a compose file, or a file that is nothing but the value."),
            new Setting("key", Text, "The variable; of a Kubernetes Secret its key. Left out, the whole file is the value."),
            new Setting("in", new ScalarShape(ScalarKind.Text, SecretsChecks.InExpected),
                "The text around it, with {value} and perhaps {login}, percent-encoded in a URL: postgres://{login}:{value}@db/app. "
                    + "{login} alone is a variable that has the login as it is."),
            new Setting("build", new ScalarShape(ScalarKind.Boolean, "true or false"),
                "Whether it is built into the image, which is then built anew.") { Default = "false" },
            new Setting("service", Name, "The service of a compose file whose environment: has the key."),
            new Setting("previous", Text, "The variable beside it that is accepted, too, for jwt: JWT_SECRET_PREVIOUS."),
            new Setting("form", new ScalarShape(ScalarKind.Text, "one of value, list, json") { Choices = ["value", "list", "json"] },
                "What stands there: one value, a list with commas, or the keys of jwt by their ids in JSON.") { Default = "value" },
            new Setting("services", new ListShape(Name), "Services that read it, where nothing else tells."),
            new Setting("secret", Text, "A Kubernetes Secret, in place of a file."))),
            "Where its value stands."),
        new Setting("every", Duration, "How often it is to be rotated, from the end of the last rotation on."),
        new Setting("overlap", Duration, "How long the old value stays valid after the new one is in use.") {
            Default = "no longer than its sessions last" })),
        "Secrets that Invoke-OpsSecretRotation rotates, by a name of your choice.");
}
