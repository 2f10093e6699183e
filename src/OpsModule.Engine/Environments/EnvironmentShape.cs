using OpsModule.Engine.Environments.Retention;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Environments;

/// <summary>Every key that an environment file may hold, with what it means. Nothing else says which keys are valid.</summary>
internal static class EnvironmentShape
{
    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text");
    private static readonly ScalarShape Name = new(ScalarKind.Name, "letters, digits, '.', '_' or '-', beginning with a letter or digit");
    private static readonly ScalarShape Port = new(ScalarKind.Integer, "a port from 1 to 65535") { Minimum = 1, Maximum = 65535 };
    private static readonly ScalarShape Count = new(ScalarKind.Integer, "a whole number of 0 or more");
    private static readonly ScalarShape Flag = new(ScalarKind.Boolean, "true or false");
    private static readonly ScalarShape Duration = new(ScalarKind.Duration, DurationText.Expected);
    private static readonly ScalarShape HttpUrl = new(ScalarKind.HttpUrl, "a URL that begins with http:// or https://");
    private static readonly ScalarShape File = new(ScalarKind.Path, "a path; a relative one starts at the folder of this file");
    private static readonly ScalarShape Secret = new(ScalarKind.Secret, "env:NAME, file:PATH#KEY or file:PATH");
    private static readonly ScalarShape HostPort = new(ScalarKind.HostPort, "host:port, such as db.example.net:5432");
    private static readonly ScalarShape Level = new(ScalarKind.Level, "a number with or without a unit, such as 20%, 500ms, 10GiB or 14d");

    private static readonly SectionShape Platform = new(
        new Setting("compose", new SectionShape(
            new Setting("file", File, "The compose file of the services.") { Default = "compose.yaml" },
            new Setting("project", Text, "The project's name, as docker compose ls shows it.") { Default = "what Compose would use" }),
            "The services run under Compose on a Docker engine."),
        new Setting("kubernetes", new SectionShape(
            new Setting("kubeconfig", File, "The kubeconfig file.") { Default = "the one that kubectl uses" },
            new Setting("context", Text, "The context of the kubeconfig.") { Default = "the current one" },
            new Setting("namespace", Text, "The namespace of the services.") { Default = "that of the context" }),
            "The services run in Kubernetes."),
        new Setting("host", new SectionShape(), "The services are systemd units or processes of this machine; databases and caches are reached by host and port."));

    private static readonly ScalarShape HttpStatus = new(ScalarKind.Integer, "an HTTP status from 100 to 599") { Minimum = 100, Maximum = 599 };

    private static readonly Setting Replicas = new("replicas", Count, "How many replicas the server is to have; fewer are Degraded.")
        { Default = "as many as were seen" };

    private static readonly Setting Runbook = new("runbook", HttpUrl,
        "Where more is written about what to do; findings, alerts and reports link to it.");

    private static Setting RoleOf(string follower) => new("role", new ScalarShape(ScalarKind.Text, $"primary or {follower}")
        { Choices = ["primary", follower] }, "What the server is meant to be; another role is a finding.")
        { Default = "a primary where it was seen as one; an only server that is a " + follower + " is Degraded" };

    private static readonly Setting Authorities = new("ca", File, "File of the certificate authorities that its certificate may come from.") { Default = "those of this machine" };

    private static readonly Setting[] Answer =
    [
        new("status", HttpStatus, "The status it must answer.") { Default = "200" },
        new("json", Text, "Where in a JSON answer a value stands, such as checks.db.status, items[0].lag or items.length."),
        new("expect", Text, "What that value must be; without it the value must be there, and neither false nor null."),
        new("contains", Text, "Text that the answer must contain."),
        new("bearer", Secret, "Token for Authorization: Bearer. Never sent to another host that the endpoint redirects to."),
        new("apiKey", Secret, "Key for X-API-Key. Never sent to another host that the endpoint redirects to."),
        Authorities,
    ];

    private static readonly SectionShape Service = new(
        new Setting("health", new EitherShape(HttpUrl, new SectionShape([new Setting("url", HttpUrl, "The URL.", Required: true), .. Answer])),
            "URL that answers 200 when the service is well, or a section that says what it must answer."),
        new Setting("env", File, "The service's environment file."),
        RolloutShape.Rollout,
        RolloutShape.Migrate,
        Runbook,
        new Setting("unit", Text, "On a host: its systemd unit, such as shop-api.service, or the instances of a template, such as shop-worker@*.service.") { Default = "NAME.service" },
        new Setting("process", File, "On a host, where it is no unit: the program that it runs. It is looked at, not started or stopped."),
        new Setting("pidFile", File, "On a host, where it is no unit: the file that holds its process's number. It is looked at, not started or stopped."));

    private static readonly SectionShape Database = new(
        new Setting("url", Secret, "The whole connection as postgres://user:password@host:port/name?sslmode=..., best as a reference. "
            + "Takes the place of host, port, name, user and password; an sslmode beside it counts before its own."),
        new Setting("service", Name, "The service of the platform that runs the server. Either this, or host, or url."),
        new Setting("host", Text, "Host name, address, or the folder of the server's Unix socket."),
        new Setting("port", Port, "TCP port; also part of the Unix socket's name.") { Default = "5432" },
        new Setting("name", Text, "The database's name on the server."),
        new Setting("user", Text, "The role to connect as. It must be able to read all that is backed up."),
        new Setting("password", Secret, "The role's password; leave it out for trust, peer or certificate authentication."),
        new Setting("sslmode", new ScalarShape(ScalarKind.Text, "one of disable, allow, prefer, require, verify-ca, verify-full")
            { Choices = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] }, "How TLS is used, as in libpq. Only verify-ca and verify-full make sure who answers.") { Default = "verify-full where ca is set, else PGSSLMODE, else prefer" },
        Authorities,
        new Setting("tenantSchema", new ScalarShape(ScalarKind.Text, "a schema name with {tenant} in it, in quotes, such as \"tenant_{tenant}\"")
            { MustContain = "{tenant}" }, "How a tenant's schema is named, with {tenant} in the place of the tenant's name."),
        Replicas,
        new Setting("restoreUser", new SectionShape(
            new Setting("user", Text, "The role. It is no superuser, and a member of the roles that own what is restored.", Required: true),
            new Setting("password", Secret, "The role's password; leave it out for trust, peer or certificate authentication.")),
            "The role that restores log in as to load rows: functions in a backup's checks and generated columns run with its rights.")
            { Default = "the role of user" },
        RoleOf("standby"),
        Runbook,
        new Setting("maintenanceDatabase", Text, "The database to be connected to while another is created or renamed.") { Default = "postgres" });

    private static readonly SectionShape Cache = new(
        new Setting("service", Name, "The service of the platform that runs the server. Either this or host."),
        new Setting("host", Text, "Host name or address."),
        new Setting("port", Port, "TCP port.") { Default = "6379" },
        new Setting("user", Text, "ACL user.") { Default = "default" },
        new Setting("password", Secret, "The password; leave it out when there is none."),
        new Setting("tls", Flag, "True when the server speaks TLS on this port.") { Default = "false" },
        new Setting("tlsName", Text, "The name that its certificate must be for.") { Default = "the host, or the service's name" },
        Authorities,
        Replicas,
        RoleOf("replica"),
        Runbook);

    private static readonly SectionShape Store = new(
        new Setting("path", File, "The folder, for a store in a folder. Either this or s3."),
        new Setting("s3", Text, "The bucket, for a store in S3."),
        new Setting("prefix", Text, "Key prefix inside the bucket."),
        new Setting("endpoint", HttpUrl, "Address of an S3-compatible server; leave it out for AWS."),
        new Setting("region", Text, "The bucket's region."),
        new Setting("accessKey", Secret, "Access key id.") { Default = "the AWS default chain" },
        new Setting("secretKey", Secret, "Secret access key.") { Default = "the AWS default chain" },
        new Setting("pathStyle", Flag, "True addresses the bucket in the path instead of the host name.") { Default = "true where endpoint is set" },
        new Setting("lock", new SectionShape(
            new Setting("mode", new ScalarShape(ScalarKind.Text, "governance or compliance") { Choices = ["governance", "compliance"] }, "compliance can be taken away by nobody, governance by whoever may bypass it.") { Default = "governance" },
            new Setting("for", Duration, "How long a backup cannot be deleted after it was made.", Required: true)),
            "Locks backups in S3 as they are uploaded; the bucket must have been made with object lock."),
        RetentionShape.OfStore);

    private static readonly SectionShape Backups = new(
        new Setting("stores", new NamedShape("NAME", Store), "Where backups lie, by a name of your choice. The first one is read from by default."),
        RetentionShape.Setting,
        RetentionShape.Losses,
        new Setting("encryption", new SectionShape(
            new Setting("recipients", new ListShape(Text), "age public keys (age1...) that backups are encrypted to.", Required: true),
            new Setting("identity", File, "The age identity file that decrypts; needed only where backups are restored or drilled."),
            new Setting("required", Flag, "False when a backup that is not encrypted may be restored all the same.") { Default = "true" }),
            "Encryption of backups with age; leave it out for none."),
        new Setting("signing", new SectionShape(
            new Setting("key", Secret, "The key, at least 32 characters, that manifests are signed with (HMAC-SHA-256). A backup that is not signed is then not restored.", Required: true),
            new Setting("previous", Secret, "The key before, whose signatures count still."),
            new Setting("required", Flag, "False when a backup that is not signed may be restored all the same.") { Default = "true" }),
            "Signatures of backups; leave it out for none."),
        new Setting("labels", new NamedShape("NAME", Text), "Labels that every backup carries."));

    private static readonly SectionShape Check = new(
    [
        new Setting("sql", Text, "A query whose first column of its first row is the value. Exactly one of sql, redis, http, tcp, dns, certificate, prometheus, alertmanager, command and log."),
        new Setting("redis", Text, "A Redis command whose answer is the value, such as LLEN queue:mail."),
        new Setting("http", HttpUrl, "A URL; with json the value is taken from its answer."),
        new Setting("tcp", HostPort, "An address that must take connections."),
        new Setting("dns", Text, "A name that must have addresses; with expect, this one among them."),
        new Setting("certificate", HostPort, "An endpoint whose TLS certificate is looked at; its levels count as time left."),
        new Setting("prometheus", Text, "A PromQL query. Of several series the worst counts; no data is Unknown."),
        new Setting("server", HttpUrl, "The Prometheus server that is asked.") { Default = "what prometheus says at the top of the file" },
        new Setting("alertmanager", HttpUrl, "An Alertmanager whose firing alerts are counted, without those that are silenced or inhibited."),
        new Setting("severity", Text, "Only alerts with this label severity.") { Default = "all" },
        new Setting("command", new ListShape(Text), "A program and its arguments, run in the service; what it writes is the value. An exit code other than 0 is Unhealthy."),
        new Setting("log", Text, "A regular expression; the value is how many log entries of the service, or of all services, match it. Without levels one is a warning."),
        new Setting("since", Duration, "How far back logs are read.") { Default = "1d" },
        new Setting("database", Name, "The database of this file that is asked.") { Default = "the only one" },
        new Setting("cache", Name, "The cache of this file that is asked.") { Default = "the only one" },
        new Setting("service", Name, "The service it belongs to, for Test-OpsHealth -Service; the one a command is run in."),
        .. Answer,
        new Setting("warning", Level, "Degraded from here on. Where it is above critical, lower is worse."),
        new Setting("critical", Level, "Unhealthy from here on."),
        new Setting("remedy", Text, "What to do when it is not well."),
        Runbook,
        new Setting("timeout", Duration, "How long it may take.") { Default = "what Test-OpsHealth -Timeout says" },
    ]);

    private static readonly SectionShape Certificate = new(
        new Setting("endpoint", HostPort, "Where it is served.", Required: true),
        new Setting("certbot", Name, "The name that certbot knows it by.") { Default = "the entry's name" },
        new Setting("certbotService", Name,
            "The service of the platform whose containers have certbot.") { Default = "certbot of this machine" },
        new Setting("config", File, "certbot's folder of settings and certificates (--config-dir), as this machine sees it.") { Default = "/etc/letsencrypt" },
        new Setting("work", File, "certbot's working folder (--work-dir).") { Default = "certbot's own" },
        new Setting("logs", File, "certbot's folder of logs (--logs-dir).") { Default = "certbot's own" },
        new Setting("file", File, "The certificate with its chain that the web server reads.") { Default = "fullchain.pem of certbot" },
        new Setting("service", Name, "The service of the platform whose containers serve it.") { Default = "a web server of this machine" },
        new Setting("test", new ListShape(Text), "The program with its arguments that tests the web server's settings; an empty list for none.") { Default = "[nginx, -t]" },
        new Setting("reload", new ListShape(Text), "The program with its arguments that makes the web server read it anew.") { Default = "[nginx, -s, reload]" },
        Authorities,
        new Setting("keyType", new ScalarShape(ScalarKind.Text, "one of ecdsa, rsa") { Choices = ["ecdsa", "rsa"] }, "The kind of key that a renewal makes.") { Default = "what it is" });

    private static readonly SectionShape Drill = new(
        new Setting("minTables", Count, "The least number of tables a restored database must have."),
        new Setting("queries", new ListShape(new EitherShape(new ScalarShape(ScalarKind.Text, "a query"), new SectionShape(
            new Setting("name", Text, "What the query asserts, in words."),
            new Setting("sql", Text, "The query.", Required: true),
            new Setting("database", Name, "The database of this file that it belongs to.") { Default = "every one" }))),
            "Queries that must return true, or a number above zero, in restored data."));

    /// <summary>The whole file.</summary>
    public static SectionShape Root { get; } = new((IReadOnlyList<Setting>)
    [
        new Setting("environment", Name, "The environment's name. It is part of every backup's place in a store.", Required: true),
        new Setting("platform", Platform, "Where the services run.") { Default = "host" },
        new Setting("services", new NamedShape("NAME", Service), "The services there are to operate, by the platform's names."),
        new Setting("databases", new NamedShape("NAME", Database), "PostgreSQL databases, by a name of your choice."),
        new Setting("caches", new NamedShape("NAME", Cache), "Redis caches, by a name of your choice."),
        new Setting("backups", Backups, "Where backups lie, how long they are kept, and how they are encrypted."),
        new Setting("drill", Drill, "What the application itself expects of restored data."),
        new Setting("thresholds", new NamedShape("FIGURE", new SectionShape(
            new Setting("warning", Level, "Degraded from here on."),
            new Setting("critical", Level, "Unhealthy from here on."),
            Runbook)), "Warning and critical levels by figure, in place of the built-in ones."),
        new Setting("prometheus", new EitherShape(HttpUrl, new SectionShape(
            new Setting("url", HttpUrl, "The server's URL.", Required: true),
            new Setting("bearer", Secret, "Token for Authorization: Bearer."),
            Authorities)), "The Prometheus server that checks ask: its URL, or a section."),
        new Setting("checks", new NamedShape("NAME", Check), "Figures of the application's own that Test-OpsHealth looks at."),
        new Setting("certificates", new NamedShape("NAME", Certificate), "Certificates that Update-OpsCertificate renews and Test-OpsHealth looks at, by a name of your choice."),
        .. EnvironmentSection.All.Select(s => s.Setting),
        new Setting("alerts", AlertShape.Alerts, "Who is told when backups, tests, restores, drills or health go wrong."),
        new Setting("metrics", AlertShape.Metrics, "Where the figures of backups, tests, restores and drills go."),
        new Setting("state", File, "Folder of the journal and the locks.") { Default = ".ops" },
    ]);
}
