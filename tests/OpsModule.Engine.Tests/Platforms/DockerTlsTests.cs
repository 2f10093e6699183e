using System.Text;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Engine.Access;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>A real engine that is reached over TCP with TLS and asks for a client's certificate.</summary>
[Collection(DockerCollection.Name)]
public sealed class DockerTlsTests(DockerFixture docker) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private DockerEndpoint Find(string certificates) => DockerEndpoint.Find(name => name switch
    {
        "DOCKER_HOST" => docker.TlsHost,
        "DOCKER_TLS_VERIFY" => "1",
        "DOCKER_CERT_PATH" => certificates,
        _ => null,
    });

    /// <summary>A folder with some of the certificates.</summary>
    private string Some(params string[] names)
    {
        foreach (string name in names) File.Copy(Path.Combine(docker.Certificates, name), _folder[name]);
        return _folder.Path;
    }

    private static Task<SystemInfoResponse> InfoAsync(DockerEngine engine) => engine.CallAsync("its machine", (client, token) => client.System.GetSystemInfoAsync(token), default);

    private static async Task<OpsException> FailsAsync(DockerEndpoint endpoint)
    {
        using var engine = new DockerEngine(endpoint);
        return await Assert.ThrowsAsync<OpsException>(() => InfoAsync(engine));
    }

    [Fact]
    public async Task Services_are_read_and_programs_run_over_tls()
    {
        using var lab = new ServiceLab();
        await lab.RunAsync("talker", "echo hello; sleep 3600 & wait");
        using var platform = new DockerPlatform(ServicePlatforms.SetupOf(lab.Context), new DockerEngine(Find(docker.Certificates)));
        ServiceInstance talker = Assert.Single(await platform.ListAsync(null, default)).Instances[0];
        string said = "";
        for (int i = 0; i < 100 && said == ""; i++, await Task.Delay(50)) said = await SaidAsync(sink => platform.ReadLogAsync(talker, new LogRequest(), sink, default));
        Assert.Equal("hello\n", said);
        // The end of the input reaches the program through TLS as well.
        string much = string.Concat(Enumerable.Range(0, 100_000).Select(i => i + "\n"));
        Assert.Equal(much, await SaidAsync(sink => platform.ExecuteAsync(talker, new ExecuteRequest(["cat"], Input: new MemoryStream(Encoding.UTF8.GetBytes(much))), sink, default)));
        int exitCode = 0;
        Assert.Equal($"{32 << 20}\n", await SaidAsync(async sink => exitCode = await platform.ExecuteAsync(talker,
            new ExecuteRequest(["sh", "-c", "busybox wc -c; exit 7"], Input: new MemoryStream(new byte[32 << 20])), sink, default)));
        Assert.Equal(7, exitCode);
    }

    [Fact]
    public async Task An_authority_that_is_not_the_engines_is_an_error()
    {
        using var other = new TestAuthority("Other Root");
        File.WriteAllText(Path.Combine(Some("cert.pem", "key.pem"), "ca.pem"), other.Pem);
        OpsException error = await FailsAsync(Find(_folder.Path));
        Assert.Equal(("EngineDenied", OpsErrorCategory.PermissionDenied), (error.ErrorId, error.Category));
        Assert.Contains("ca.pem", error.RecommendedAction);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_an_error()
    {
        OpsException error = await FailsAsync(Find(Some("ca.pem")));
        Assert.Equal(("EngineDenied", OpsErrorCategory.PermissionDenied), (error.ErrorId, error.Category));
        Assert.Contains("cert.pem", error.RecommendedAction);
    }

    [Fact]
    public async Task A_client_whose_certificate_another_authority_gave_is_an_error()
    {
        using var other = new TestAuthority("Other Root");
        using var issued = other.Issue("client", 90);
        File.WriteAllText(Path.Combine(Some("ca.pem"), "cert.pem"), issued.ExportCertificatePem());
        File.WriteAllText(_folder["key.pem"], System.Security.Cryptography.X509Certificates.RSACertificateExtensions.GetRSAPrivateKey(issued)!.ExportPkcs8PrivateKeyPem());
        Assert.Equal("EngineDenied", (await FailsAsync(Find(_folder.Path))).ErrorId);
    }

    [Fact]
    public async Task Without_tls_the_engine_is_not_reached()
    {
        OpsException error = await FailsAsync(DockerEndpoint.Find(name => name == "DOCKER_HOST" ? docker.TlsHost : null));
        Assert.Equal("EngineUnreachable", error.ErrorId);
    }

    [Fact]
    public async Task A_context_of_the_docker_client_leads_there_with_its_certificates()
    {
        var clean = new Dictionary<string, string?> { ["DOCKER_HOST"] = null, ["DOCKER_CONFIG"] = _folder.Path };
        string endpoint = $"host={docker.TlsHost},ca={docker.Certificates}/ca.pem,cert={docker.Certificates}/cert.pem,key={docker.Certificates}/key.pem";
        foreach (string[] arguments in (string[][])[["context", "create", "far", "--docker", endpoint], ["context", "use", "far"]])
            await ProgramRunner.RunAsync(new ProgramCall("docker", arguments) { Environment = clean }, null, default);
        DockerEndpoint found = DockerEndpoint.Find(clean.GetValueOrDefault);
        Assert.Equal((docker.TlsHost, true), (found.Address.OriginalString, found.UsesTls));
        using var engine = new DockerEngine(found);
        Assert.NotEmpty((await InfoAsync(engine)).ServerVersion);
    }

    private static async Task<string> SaidAsync(Func<Func<bool, ReadOnlyMemory<byte>, ValueTask>, Task> read)
    {
        var text = new MemoryStream();
        await read((_, bytes) =>
        {
            text.Write(bytes.Span);
            return ValueTask.CompletedTask;
        });
        return Encoding.UTF8.GetString(text.ToArray());
    }
}
