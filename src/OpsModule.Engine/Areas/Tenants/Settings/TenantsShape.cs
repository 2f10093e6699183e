using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Tenants.Settings;

/// <summary>The keys of <c>tenants:</c>.</summary>
internal static class TenantsShape
{
    public const string Key = "tenants";

    /// <summary>What is expected of an address.</summary>
    internal const string AddressExpected = "a URL that begins with http:// or https://, with {tenant} and perhaps {instance} in it";

    /// <summary>What is expected of a reference of a tenant's token.</summary>
    internal const string TokenExpected = "env:NAME, file:PATH#KEY or file:PATH, with {tenant} in it";

    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text"), Name = new(ScalarKind.Name, "a name"),
        Address = new(ScalarKind.Text, AddressExpected), Truth = new(ScalarKind.Boolean, "true or false"),
        Method = new(ScalarKind.Text, "one of GET, POST, PUT, PATCH, DELETE") { Choices = ["GET", "POST", "PUT", "PATCH", "DELETE"] },
        Header = new(ScalarKind.Text, "a header such as 'Authorization: Bearer {token}'") { MustContain = "{token}" },
        Secret = new(ScalarKind.Secret, "env:NAME, file:PATH#KEY or file:PATH"),
        // An application that has crashed refuses nobody.
        Status = new(ScalarKind.Integer, "a status such as 401") { Minimum = 300, Maximum = 499 },
        Within = new(ScalarKind.Duration, DurationText.Expected);

    private static readonly ListShape Endpoints = new(new SectionShape(
        new Setting("name", Name, "What it is called.", Required: true),
        new Setting("service", Name, "The service whose instances are asked, each of them, where an address has {instance}."),
        new Setting("method", Method, "The method.") { Default = "POST" },
        new Setting("suspend", Address, "What cuts a tenant off.", Required: true),
        new Setting("resume", Address, "What lets it in again.", Required: true),
        new Setting("body", Text, "What is sent to suspend: JSON, with {tenant} in it.") { Default = "nothing" },
        new Setting("resumeBody", Text, "What is sent to resume.") { Default = "nothing" },
        new Setting("header", Header, "The header that carries the token."),
        new Setting("token", Secret, "The token, as a reference."),
        new Setting("check", Address, "What tells whether a tenant is cut off: it is asked (GET) before and afterwards, and answers JSON."),
        new Setting("json", Text, "The path of the value in that answer, such as tenant.suspended."),
        new Setting("value", Text, "What that value is of a tenant that is cut off.") { Default = "true" }));

    /// <summary>The section.</summary>
    public static Setting Setting { get; } = new(Key, new SectionShape(
        new Setting("names", new ListShape(Name), "The tenants, where neither a table, nor schemas, nor an endpoint's check tells."),
        new Setting("others", new ListShape(Name), "Tenants that have to be served as before while another one is suspended."),
        new Setting("within", Within, "So long each instance may take until it refuses.") { Default = "5s" },
        new Setting("suspend", new SectionShape(
            new Setting("flag", new SectionShape(
                new Setting("database", Name, "The database, by its name under databases.", Required: true),
                new Setting("table", Text, "The table, such as tenants, or app.tenants.", Required: true),
                new Setting("key", Text, "The column with the tenant's name.", Required: true),
                new Setting("column", Text, "The boolean column.", Required: true),
                new Setting("suspended", Truth, "What it says of a tenant that is suspended.", Required: true)),
                "A column of a table that says whether a tenant is served."),
            new Setting("schema", Name,
                "The database, by its name under databases, whose schema of the tenant (tenantSchema) loses all privileges."),
            new Setting("endpoints", Endpoints, "Endpoints of the application that suspend and resume."),
            new Setting("queues", Endpoints, "Endpoints that stop and start the consumers of a tenant's jobs."),
            new Setting("sessions", new ListShape(new SectionShape(
                new Setting("database", Name, "The database, by its name under databases.", Required: true),
                new Setting("user", Text, "The login, with {tenant} in it."),
                new Setting("application", Text, "What the sessions call themselves (application_name), with {tenant} in it."))),
                "Sessions of databases that are ended."),
            new Setting("keys", new ListShape(new SectionShape(
                new Setting("secret", Name, "The secret with apiKey and a table, by its name under secrets.", Required: true),
                new Setting("column", Text, "The column of that table with the tenant's name.", Required: true))),
                "API keys that are revoked."),
            new Setting("caches", new ListShape(new SectionShape(
                new Setting("cache", Name, "The cache, by its name under caches.", Required: true),
                new Setting("prefix", Text, "What the keys begin with: {tenant} and a separator after it, such as t:{tenant}:.",
                    Required: true))),
                "Keys of caches that are taken away.")),
            "What cuts a tenant off.", Required: true),
        new Setting("proof", new ListShape(new SectionShape(
            new Setting("name", Text, "What it is called, such as old token.", Required: true),
            new Setting("service", Name, "The service whose instances are asked, each of them, where the address has {instance}."),
            new Setting("method", new ScalarShape(ScalarKind.Text, "GET or POST") { Choices = ["GET", "POST"] },
                "The method: POST for what logs in, for example.") { Default = "GET" },
            new Setting("request", new ScalarShape(ScalarKind.Text,
                "a URL that begins with http:// or https://, with {instance} in the place of the host"), "The address.", Required: true),
            new Setting("header", Header, "The header that carries the token."),
            new Setting("token", new ScalarShape(ScalarKind.Text, TokenExpected), "The reference of a tenant's token."),
            new Setting("body", Text, "What is sent: JSON, with {tenant} and {token} in it.") { Default = "nothing" },
            new Setting("refused", new ListShape(Status), "The statuses that are a refusal.") { Default = "401, 403" })),
            "Requests that are served while a tenant is served, and refused when it is suspended.")),
        "How Suspend-OpsTenant cuts a tenant off, and how that is proven.");
}
