using OpsModule.Engine.Environments;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Settings;

/// <summary>The keys of <c>jwt:</c> and <c>apiKey:</c> of a secret.</summary>
internal static class KeysShape
{
    private static readonly ScalarShape Text = new(ScalarKind.Text, "a text"), Name = new(ScalarKind.Name, "a name"),
        Secret = new(ScalarKind.Secret, "env:NAME, file:PATH#KEY or file:PATH"), Duration = new(ScalarKind.Duration, DurationText.Expected),
        Url = new(ScalarKind.HttpUrl, "a URL that begins with http:// or https://"),
        ById = new(ScalarKind.HttpUrl, "a URL with {id}");

    /// <summary>Where things stand in JSON.</summary>
    private static readonly Setting[] Fields =
    [
        new("key", Text, "Where the key stands in what is answered when one is made.") { Default = "key" },
        new("id", Text, "Where its id stands.") { Default = "id" },
        new("name", Text, "Where its name stands.") { Default = "name" },
        new("created", Text, "Where it says when it was made, if it does.") { Default = "created" },
        new("revoked", Text, "Where it says that it is revoked: true, or when. One that says nothing is not.") { Default = "revoked" },
        new("items", Text, "Where the list stands.") { Default = "the whole is the list" },
    ];

    /// <summary>What tokens are signed with.</summary>
    public static Setting Jwt { get; } = new("jwt", new SectionShape(
        new Setting("lifetime", Duration, "How long a token of access is valid.", Required: true),
        new Setting("refresh", Duration, "How long a token is valid by which others are got.") { Default = "there is none" },
        new Setting("skew", Duration, "How far clocks may be apart.") { Default = "1m" },
        new Setting("length", new ScalarShape(ScalarKind.Integer, "a number of characters") { Minimum = 1, Maximum = 4096 },
            "How many characters.") { Default = "64" },
        new Setting("alphabet", Text, "letters-and-digits, hex, base64url, or the characters themselves.") {
            Default = "letters-and-digits" }),
        "What tokens are signed with: replaced in phases, so that every token is accepted until its end.");

    /// <summary>Keys of an API.</summary>
    public static Setting ApiKey { get; } = new("apiKey", new SectionShape(
        new Setting("name", Text, "The key's name where keys are kept; of one that is made the change's id follows.") {
            Default = "the name of the secret" },
        new Setting("prefix", Text, "What a key begins with that is made here.") { Default = "nothing" },
        new Setting("length", new ScalarShape(ScalarKind.Integer, "a number of characters") { Minimum = 1, Maximum = 4096 },
            "How many characters follow in one that is made here.") { Default = "40" },
        new Setting("list", new ScalarShape(ScalarKind.Boolean, "true or false"),
            "Whether a variable lists the keys that are accepted: a use of it says form: list.") { Default = "false" },
        new Setting("http", new SectionShape(
            [new Setting("url", Url, "Where keys are listed (GET) and made (POST).", Required: true),
            new Setting("revoke", ById, "Where one is revoked.") { Default = "the URL with /{id} behind it" },
            new Setting("by", new ScalarShape(ScalarKind.Text, "DELETE or POST") { Choices = ["DELETE", "POST"] },
                "By which method.") { Default = "DELETE" },
            new Setting("token", Secret, "The token of an administrator, sent as Authorization: Bearer.", Required: true), .. Fields]),
            "An endpoint for administrators."),
        new Setting("command", new SectionShape(
            [new Setting("service", Name, "The service in which the programs run.", Required: true),
            new Setting("create", new ListShape(Text), "The program that makes one, with {name} among its arguments.", Required: true),
            new Setting("list", new ListShape(Text), "The program that lists them.", Required: true),
            new Setting("revoke", new ListShape(Text), "The program that revokes one, with {id} among its arguments.", Required: true),
            .. Fields]),
            "A program of the service, which answers in JSON."),
        new Setting("table", new SectionShape(
            new Setting("database", Name, "The database, by its name under databases.", Required: true),
            new Setting("name", Text, "The table, in the schema public, or as schema.table.", Required: true),
            new Setting("id", Text, "The column with the id.") { Default = "id" },
            new Setting("key", Text, "The column with the key's name.") { Default = "name" },
            new Setting("hash", Text, "The column with the hash of a key.", Required: true),
            new Setting("algorithm", new ScalarShape(ScalarKind.Text, "sha256 or sha256-base64") { Choices = ["sha256", "sha256-base64"] },
                "How it is made: SHA-256 in small hexadecimal, or in Base64.") { Default = "sha256" },
            new Setting("revoked", new SectionShape(
                new Setting("column", Text, "The column.", Required: true),
                new Setting("value", Text, "What it holds of a revoked one: true, false, now (a time), or a text.", Required: true),
                new Setting("active", Text, "What it holds of one that is not.") {
                    Default = "the other one of true and false; else NULL" }),
                "What says that a key is revoked.", Required: true),
            new Setting("created", Text, "The column with the time at which it was made.") { Default = "none" },
            new Setting("columns", new NamedShape("COLUMN", Text), "Further columns of a new row, and what they hold.")),
            "A table with a hash of each key."),
        new Setting("proof", new SectionShape(
            new Setting("url", Url, "The address that is asked.", Required: true),
            new Setting("header", new ScalarShape(ScalarKind.Text, "a header such as 'Authorization: Bearer {value}'")
            {
                MustContain = "{value}",
            }, "The header that carries the key.", Required: true)),
            "A request that a valid key is accepted for, and any other one refused (401, 403)."),
        new Setting("usage", new SectionShape(
            new Setting("services", new ListShape(Name), "The services whose logs are read.", Required: true),
            new Setting("text", Text, "What stands in a line of a use, with {id}, {name} or {prefix} (the first 8 characters).",
                Required: true),
            new Setting("for", Duration, "For so long nobody must have used the old key before it is dropped.") { Default = "24h" }),
            "What logs tell of who uses which key.")),
        "A key of an API, which is made and revoked where its keys are kept.");
}
