using System.Net;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Vaults;

/// <summary>References to a vault of keys and values, read over HTTP.</summary>
public sealed class VaultReferenceTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private OpsEnvironment Load(string vault, string password = "vault:main/shop/db#password")
    {
        File.WriteAllText(_folder["token"], KeyValueServer.Token + "\n");
        EnvironmentLoad load = LoadAll(vault, password);
        return load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings));
    }

    private EnvironmentLoad LoadAll(string vault, string password = "vault:main/shop/db#password") => EnvironmentLoader.Load(_folder.Write("ops.yaml",
        $"environment: lab\nvaults: {{ main: {{ {vault} }} }}\ncaches: {{ main: {{ host: 127.0.0.1, password: \"{password}\" }} }}\n"));

    private static string At(KeyValueServer server, string more = ", token: \"file:token\"") => $"vault: \"{server.Url}\", mount: kv{more}";

    private static string Read(OpsEnvironment environment) => environment.Caches["main"].Password!.Resolve();

    [Fact]
    public async Task A_key_is_read_once_for_a_call_and_again_for_the_next()
    {
        await using var server = new KeyValueServer();
        OpsEnvironment environment = Load(At(server, ", token: \"file:token\", namespace: team"));
        var call = new CallMemory();
        SecretVault.Current = call;
        try
        {
            Assert.Equal("first-4Hj", Read(environment));
            server.Values["shop/db"] = """{"password": "second-6Kp"}""";
            Assert.Equal("first-4Hj", Read(environment));
            Assert.Single(server.Asked);
            Assert.Contains("X-Vault-Namespace: team", server.Asked.First());
            SecretVault.Current = new CallMemory();
            Assert.Equal("second-6Kp", Read(environment));
        }
        finally { SecretVault.Current = null; }
        Assert.Equal("second-6Kp", Read(environment));
    }

    [Fact]
    public async Task Other_vaults_are_those_of_SecretManagement_as_before()
    {
        await using var server = new KeyValueServer();
        foreach (string other in (string[])["vault:name", "vault:Local/shop"])
            Assert.Equal("SecretProviderUnsupported", Assert.Throws<OpsException>(() => Read(Load(At(server), other))).ErrorId);
        SecretVault.Current = new CallMemory();
        try { Assert.Equal("Local/shop", Read(Load(At(server), "vault:Local/shop"))); }
        finally { SecretVault.Current = null; }
        Assert.Empty(server.Asked);
    }

    [Theory]
    [InlineData("vault:main/shop/db#nothing", "SecretNotFound", "no key nothing")]
    [InlineData("vault:main/shop/db", "SecretNotFound", "PATH#KEY")]
    [InlineData("vault:main/../db#password", "SecretNotFound", "PATH#KEY")]
    [InlineData("vault:main/elsewhere#password", "SecretNotFound", "nothing at elsewhere")]
    [InlineData("vault:main/shop/number#password", "SecretNotFound", "no text")]
    [InlineData("vault:main/denied#password", "VaultDenied", "403")]
    [InlineData("vault:main/deleted#password", "VaultVersionDeleted", "was deleted")]
    [InlineData("vault:main/sealed#password", "VaultSealed", "sealed")]
    [InlineData("vault:main/moved#password", "VaultAnswerUnknown", "not followed")]
    [InlineData("vault:main/page#password", "VaultAnswerUnknown", "200")]
    public async Task What_cannot_be_read_is_named_without_what_was_answered(string reference, string errorId, string words)
    {
        await using var server = new KeyValueServer();
        OpsException error = Assert.Throws<OpsException>(() => Read(Load(At(server), reference)));
        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(words, error.Message);
        Assert.Contains(reference, error.Message + error.RecommendedAction + error.Target);
        Assert.DoesNotContain(KeyValueServer.Token, error.Message + error.RecommendedAction);
    }

    [Fact]
    public async Task A_role_logs_in_and_a_server_that_is_away_or_not_trusted_is_told()
    {
        await using var server = new KeyValueServer();
        string role = ", appRole: { role: shop, secret: \"file:secret\" }";
        _folder.Write("secret", KeyValueServer.SecretId);
        Assert.Equal("first-4Hj", Read(Load(At(server, role))));
        _folder.Write("secret", "another");
        Assert.Equal("VaultDenied", Assert.Throws<OpsException>(() => Read(Load(At(server, role)))).ErrorId);
        Assert.Equal("VaultUnreachable", Assert.Throws<OpsException>(() =>
            Read(Load($"vault: \"http://127.0.0.1:{FreePorts.Take()}\", token: \"file:token\""))).ErrorId);

        using var authority = new TestAuthority();
        using X509Certificate2 issued = authority.Issue("localhost", 30, IPAddress.Loopback);
        using X509Certificate2 own = X509CertificateLoader.LoadPkcs12(issued.Export(X509ContentType.Pkcs12), null);
        await using var secured = new KeyValueServer(own);
        Assert.Contains("neither served nor known here", Assert.Throws<OpsException>(() => Read(Load(At(secured)))).Message);
        _folder.Write("ca.pem", authority.Pem);
        Assert.Equal("first-4Hj", Read(Load(At(secured, ", token: \"file:token\", ca: ca.pem"))));
    }

    [Theory]
    [InlineData("vault: \"http://vault.example.net\", token: \"env:T\"", "CredentialsInClear")]
    [InlineData("vault: \"https://vault.example.net/v1\", token: \"env:T\"", "BadValue")]
    [InlineData("vault: \"https://vault.example.net\"", "MissingKey")]
    [InlineData("vault: \"https://vault.example.net\", token: \"env:T\", appRole: { role: a, secret: \"env:S\" }", "KeyConflict")]
    [InlineData("vault: \"https://vault.example.net\", token: \"vault:main/token#value\"", "BadValue")]
    [InlineData("vault: \"https://vault.example.net\", token: \"env:T\", mount: /kv", "BadValue")]
    public void Mistakes_are_found_when_the_file_is_read(string vault, string code)
    {
        EnvironmentLoad load = LoadAll(vault);
        Assert.Null(load.Environment);
        Assert.Contains(load.Findings, f => f.Code == code && f.Path.StartsWith("vaults.main", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_database_s_url_is_read_as_the_file_is()
    {
        await using var server = new KeyValueServer();
        server.Values["shop/db"] = """{"url": "postgres://app:first-4Hj@db.example.net:6543/shop"}""";
        _folder.Write("token", KeyValueServer.Token);
        EnvironmentLoad load = EnvironmentLoader.Load(_folder.Write("ops.yaml",
            $"environment: lab\nvaults: {{ main: {{ {At(server)} }} }}\ndatabases: {{ shop: {{ url: \"vault:main/shop/db#url\" }} }}\n"));
        Assert.True(load.Environment is not null, string.Join('\n', load.Findings));
        Assert.Equal(("db.example.net", 6543), (load.Environment!.Databases["shop"].Host, load.Environment.Databases["shop"].Port));
    }

    /// <summary>What a call of a cmdlet remembers; a vault of SecretManagement gives the name back.</summary>
    private sealed class CallMemory : ISecretVault
    {
        private readonly Dictionary<string, string> _read = [];

        public string Read(string? vault, string name) => $"{vault}/{name}";

        public string Once(string id, Func<string> read) => _read.TryGetValue(id, out string? known) ? known : _read[id] = read();
    }
}
