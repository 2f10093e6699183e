using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Environments;

/// <summary>The sections <c>alerts:</c> and <c>metrics:</c> of the environment file.</summary>
internal static class AlertShape
{
    public static readonly string[] Events = ["backup", "verification", "restore", "drill", "health", "attack"];
    public static readonly string[] Severities = ["information", "warning", "critical"];
    public static readonly string[] TlsModes = ["starttls", "tls", "none"];

    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text");
    private static readonly ScalarShape Duration = new(ScalarKind.Duration, DurationText.Expected);
    private static readonly ScalarShape Secret = new(ScalarKind.Secret, "env:NAME, file:PATH#KEY or file:PATH");
    private static readonly ScalarShape File = new(ScalarKind.Path, "a path; a relative one starts at the folder of this file");
    private static readonly ScalarShape Mail = new(ScalarKind.Mail, "a mail address such as ops@example.net or Operations <ops@example.net>");

    private static readonly Setting Timeout = new("timeout", Duration, "How long it may take, 1s to 5m; no job waits longer for it.") { Default = "10s" };

    private static readonly Setting[] Http =
    [
        new("bearer", Secret, "Token for Authorization: Bearer."),
        new("headers", new NamedShape("HEADER", Secret), "Further headers, each a reference."),
    ];

    private static readonly SectionShape Smtp = new(
        new Setting("host", Text, "The mail server.", Required: true),
        new Setting("port", new ScalarShape(ScalarKind.Integer, "a port from 1 to 65535") { Minimum = 1, Maximum = 65535 }, "Its port.") { Default = "587; 465 with tls, 25 with none" },
        new Setting("tls", Choice(TlsModes), "starttls begins with plain text and goes on only with TLS; tls speaks TLS from the first byte.") { Default = "starttls" },
        new Setting("ca", File, "File of the certificate authorities that its certificate may come from.") { Default = "those of this machine" },
        new Setting("user", Text, "The user to log in as; leave it out where no login is needed."),
        new Setting("password", Secret, "The user's password."),
        new Setting("from", Mail, "Whom mail comes from.", Required: true),
        new Setting("to", new ListShape(Mail), "Whom it goes to.", Required: true));

    private static readonly SectionShape Receiver = new(
    [
        new Setting("slack", Secret, "URL of a webhook that takes what Slack takes, as a reference: whoever knows it can write there. Exactly one of slack, webhook and smtp."),
        new Setting("webhook", Secret, "URL of a webhook that takes the JSON described in docs/concepts/alerts.md, as a reference."),
        new Setting("smtp", Smtp, "A mail server."),
        new Setting("minimum", Choice(Severities), "The least severity that it gets.") { Default = "information" },
        new Setting("events", new ListShape(Choice(Events)), "Only alerts about these.") { Default = "all" },
        new Setting("success", new ScalarShape(ScalarKind.Boolean, "true or false"), "True tells it also of what went well.") { Default = "false" },
        Timeout,
        .. Http,
    ]);

    public static readonly SectionShape Alerts = new(
        new Setting("repeat", Duration, "For how long repeats of the same alert are folded; 0s sends every one.") { Default = "4h" },
        new Setting("receivers", new NamedShape("NAME", Receiver), "Who is alerted, by a name of your choice."));

    public static readonly SectionShape Metrics = new(
        new Setting("textfile", File, "The folder that node_exporter's textfile collector reads; one file for each job."),
        new Setting("pushgateway", new SectionShape(
        [
            new Setting("url", Secret, "The pushgateway's URL; a reference when it holds a password.", Required: true),
            new Setting("job", new ScalarShape(ScalarKind.Name, "letters, digits, '.', '_' or '-', beginning with a letter or digit"), "The job that metrics are grouped under.") { Default = "ops" },
            new Setting("grouping", new NamedShape("LABEL", Text), "Further labels that they are grouped by."),
            .. Http,
        ]), "A Prometheus pushgateway."),
        new Setting("http", new SectionShape(
        [
            new Setting("url", Secret, "A URL that takes the JSON described in docs/concepts/alerts.md; a reference when it holds a password or a token.", Required: true),
            .. Http,
        ]), "Anything else that takes metrics."),
        Timeout);

    private static ScalarShape Choice(string[] choices) => new(ScalarKind.Text, "one of " + string.Join(", ", choices)) { Choices = choices };
}
