using System.Text;
using OpsModule.Engine.Areas.Configuration.Redacting;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Configuration;

/// <summary>What counts as secret in files of all kinds.</summary>
public sealed class RedactorTests : IDisposable
{
    private const string Secret = "Kq7v9XbT2mLwZ4pR8sNd";

    private readonly TempFolder _folder = new();
    private readonly Redactor _redactor;

    public RedactorTests() => _redactor = new Redactor(RevisionKey.Of(_folder[".ops"]), ["*_PIN", "internalCode"]);

    [Theory]
    [InlineData("API_TOKEN=" + Secret)]
    [InlineData("export DB_PASSWORD=\"" + Secret + "\"")]
    [InlineData("#OLD_SECRET=" + Secret)]
    [InlineData("password: " + Secret + "  # of the admin")]
    [InlineData("  - REDIS_PASSWORD=" + Secret)]
    [InlineData("db: { user: app, password: \"" + Secret + "\" }")]
    [InlineData("{\"auths\":{\"registry.example\":{\"auth\":\"" + Secret + "\"}}}")]
    [InlineData("{ \"clientSecret\" : \"" + Secret + "\", \"port\": 1 }")]
    [InlineData("DATABASE_URL=postgres://app:" + Secret + "@db:5432/shop?sslmode=require")]
    [InlineData("proxy_set_header Authorization \"Basic " + Secret + "==\";")]
    [InlineData("    set $api_key \"" + Secret + "\";")]
    [InlineData("fastcgi_param DB_PASSWORD " + Secret + ";")]
    [InlineData("requirepass " + Secret)]
    [InlineData("    stats auth admin:" + Secret)]
    [InlineData("admin:$apr1$aB3dE5fG$" + Secret)]
    [InlineData("admin:{SHA}" + Secret + "=")]
    [InlineData("identity AGE-SECRET-KEY-1" + Secret)]
    [InlineData("SENTRY_DSN=https://" + Secret + "@sentry.example/1")]
    [InlineData("url: https://example/hook?token=" + Secret + "&a=1")]
    [InlineData("anything: " + Secret)]
    [InlineData("words and " + Secret + " more words")]
    [InlineData("PASSWORD=two words " + Secret)]
    [InlineData("password = " + Secret)]
    [InlineData("\"-----BEGIN PRIVATE KEY-----\\n" + Secret + "\\n-----END PRIVATE KEY-----\"")]
    public void It_goes(string line)
    {
        RedactedFile left = _redactor.Redact(Encoding.UTF8.GetBytes(line + "\n"), isSecret: false)!;
        Assert.DoesNotContain(Secret, left.Text);
        Assert.NotEmpty(left.Values);
        Assert.EndsWith("\n", left.Text);
    }

    [Theory]
    [InlineData("PASSWORD=hunter2", "hunter2")]
    [InlineData("DOOR_PIN=4711", "4711")]
    [InlineData("internalCode: \"abc\"", "abc")]
    [InlineData("password: '123456'", "123456")]
    public void What_could_be_guessed_goes_without_a_fingerprint(string line, string value)
    {
        RedactedFile left = _redactor.Redact(Encoding.UTF8.GetBytes(line), isSecret: false)!;
        Assert.DoesNotContain(value, left.Text);
        Assert.Contains("<redacted>", left.Text);
        Assert.Null(Assert.Single(left.Values).Print);
    }

    [Theory]
    [InlineData("command: redis-server --requirepass hunter2 --save ''")]
    [InlineData("command: redis-server --requirepass \"hunter2\"")]
    [InlineData("command: app --quiet --password hunter2")]
    [InlineData("command: [ app, --quiet, --password, hunter2 ]")]
    [InlineData("args: --set=db.password=hunter2")]
    [InlineData("command: [\"redis-server\",\"--requirepass\",\"hunter2\"]")]
    [InlineData("command: [ redis-server, --requirepass, hunter2 ]")]
    [InlineData("command: sh -c \"redis-server --requirepass \\\"hunter2\\\"\"")]
    [InlineData("command:\n  - redis-server\n  - --requirepass\n  - hunter2")]
    [InlineData("ExecStart=/usr/bin/app --db-password=hunter2,x")]
    [InlineData("test: [\"CMD\",\"redis-cli\",\"-a\",\"hunter2\",\"ping\"]")]
    [InlineData("test: redis-cli -h cache -a hunter2 ping")]
    [InlineData("env:\n  - name: DB_PASSWORD\n    value: hunter2")]
    [InlineData("  \"name\": \"DB_PASSWORD\",\n  \"value\": \"hunter2\"")]
    [InlineData("{ name: DB_PASSWORD, value: hunter2 }")]
    [InlineData("<add key=\"DbPassword\" value=\"hunter2\"/>")]
    [InlineData("  <password>hunter2</password>")]
    [InlineData("<db:password encoding=\"plain\">hunter2</db:password>")]
    [InlineData("user default on >hunter2 ~* +@all")]
    [InlineData("db:5432:shop:app:hunter2")]
    [InlineData("*:*:*:app:hunter2")]
    [InlineData("password:\n  hunter2")]
    [InlineData("\"password\":\n  \"hunter2\",")]
    [InlineData("password:   # of the admin\n  \"hunter2\"")]
    [InlineData("password:\n  value: hunter2")]
    [InlineData("passwords:\n- one\n- hunter2")]
    [InlineData("api_keys: [ \"one\", hunter2, 'env:OTHER' ]")]
    [InlineData("api_keys: [\n  \"hunter2\",\n  \"two\"\n]")]
    [InlineData("password: |2\n    hunter2")]
    [InlineData("password: >-1\n  hunter2")]
    [InlineData("PASSWORD=#hunter2")]
    public void What_programs_and_formats_write_in_their_own_way_goes(string text)
    {
        RedactedFile left = _redactor.Redact(Encoding.UTF8.GetBytes(text + "\nPORT=4000\n"), isSecret: false)!;
        Assert.DoesNotContain("hunter2", left.Text);
        Assert.NotEmpty(left.Values);
        Assert.EndsWith("PORT=4000\n", left.Text);
    }

    [Fact]
    public void What_the_environment_refers_to_goes_wherever_it_stands()
    {
        var redactor = new Redactor(RevisionKey.Of(_folder[".ops"]), [], () => ["opened by sesame", "abc"]);
        RedactedFile left = redactor.Redact("note: it is opened by sesame, and abc stays\n"u8.ToArray(), isSecret: false)!;
        Assert.Equal("note: it is <redacted>, and abc stays\n", left.Text);
        Assert.Equal(RedactionReason.Known, Assert.Single(left.Values).Why);
    }

    [Theory]
    [InlineData("command: psql --no-password --host db")]
    [InlineData("command: redis-server --requirepass ${REDIS_PASSWORD}")]
    [InlineData("env:\n  - name: LOG_LEVEL\n    value: info")]
    [InlineData("secret:\n  secretName: db\n  optional: true")]
    [InlineData("password:\n  env:DB_PASSWORD")]
    [InlineData("password:\nport: 1")]
    [InlineData("ports: [ \"127.0.0.1:5432:5432\" ]")]
    [InlineData("<timeout>30</timeout>")]
    [InlineData("api_keys: [ env:ONE, 'file:.env#TWO' ]")]
    [InlineData("PORT=4000")]
    [InlineData("password: \"env:DB_PASSWORD\"")]
    [InlineData("token: file:.env#TOKEN")]
    [InlineData("PASSWORD=${DB_PASSWORD}")]
    [InlineData("PASSWORD_FILE=/run/secrets/db")]
    [InlineData("ssl_certificate_key /etc/nginx/tls/site.key;")]
    [InlineData("auth_basic_user_file /etc/nginx/.htpasswd;")]
    [InlineData("image: example/api@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("primaryKey: customer_id")]
    [InlineData("uses: [ { file: .env, key: JWT_SECRET } ]")]
    [InlineData("tokenTtl: 15m")]
    [InlineData("listen unix:/var/run/some-service/very-long-name-of-a-socket.sock;")]
    [InlineData("secrets: [ db_password ]")]
    public void It_stays(string line)
    {
        RedactedFile left = _redactor.Redact(Encoding.UTF8.GetBytes(line), isSecret: false)!;
        Assert.Equal(line, left.Text);
        Assert.Empty(left.Values);
    }

    [Fact]
    public void What_goes_on_over_lines_goes_as_a_whole()
    {
        string text = $"""
            a: 1
            -----BEGIN RSA PRIVATE KEY-----
            {Secret}
            {Secret}
            -----END RSA PRIVATE KEY-----
            b: 2
            password: |
              {Secret}
              more {Secret}
            c: 3
            TOKEN="first {Secret}
            second {Secret}"
            d: 4

            """;
        RedactedFile left = _redactor.Redact(Encoding.UTF8.GetBytes(text), isSecret: false)!;
        Assert.DoesNotContain(Secret, left.Text);
        foreach (string kept in (string[])["a: 1", "b: 2", "c: 3", "d: 4"]) Assert.Contains(kept, left.Text);
        Assert.Equal([2, 7, 11], left.Values.Select(v => v.Line).Order());
    }

    [Fact]
    public void The_same_value_has_the_same_fingerprint_and_another_key_another()
    {
        string Of(Redactor redactor, string text) => redactor.Redact(Encoding.UTF8.GetBytes(text), isSecret: false)!.Text;
        string one = Of(_redactor, "A_TOKEN=" + Secret), two = Of(_redactor, "B_TOKEN=" + Secret);
        Assert.Equal(one[2..], two[2..]);
        Assert.NotEqual(one, Of(new Redactor(RevisionKey.Of(_folder["other"]), []), "A_TOKEN=" + Secret));
    }

    [Fact]
    public void What_is_no_text_is_not_judged_and_a_whole_secret_goes()
    {
        Assert.Null(_redactor.Redact([1, 0, 2], isSecret: false));
        Assert.Null(_redactor.Redact([0xC3, 0x28], isSecret: false));
        RedactedFile whole = _redactor.Redact(Encoding.UTF8.GetBytes(Secret + "\n"), isSecret: true)!;
        Assert.Matches("^<redacted:[0-9a-f]{16}>\n$", whole.Text);
    }

    [Fact]
    public void No_made_up_secret_is_left_wherever_it_stands()
    {
        string[] shapes =
        [
            "{0}_TOKEN={1}", "{0}_PASSWORD='{1}'", "{0}Secret: {1}", "\"{0}ApiKey\": \"{1}\",", "x: {{ {0}_token: {1}, y: 2 }}", "url = redis://u:{1}@h/0",
            "Authorization: Bearer {1}", "set ${0}_secret {1};", "value {1} alone", "- {0}_KEY={1}", "{0}.password={1}", "a://u:{1}@h,b://u:{1}@g",
        ];
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        Proof.ForEach(20_000, 2_000, (random, _) =>
        {
            // Letters and digits that begin with some of each, as generators make them.
            string secret = "a7B9" + new string([.. Enumerable.Range(0, random.Next(20, 44)).Select(_ => Letters[random.Next(Letters.Length)])]);
            string line = string.Format(System.Globalization.CultureInfo.InvariantCulture, shapes[random.Next(shapes.Length)], "app", secret);
            string text = string.Join('\n', "# head", line, "PORT=1", "");
            RedactedFile left = _redactor.Redact(Encoding.UTF8.GetBytes(text), isSecret: false)!;
            Assert.DoesNotContain(secret, left.Text);
            Assert.Contains("PORT=1", left.Text);
        });
    }

    public void Dispose() => _folder.Dispose();
}
