using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Platforms.Docker;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Where the engine is, as the docker client would find it.</summary>
public sealed class DockerEndpointTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("ops-home-").FullName;
    private readonly Dictionary<string, string> _variables = [];

    public DockerEndpointTests() => _variables["HOME"] = _home;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private DockerEndpoint Find() => DockerEndpoint.Find(_variables.GetValueOrDefault);

    private string Error() => Assert.Throws<OpsException>(Find).ErrorId;

    [Fact]
    public void Without_anything_it_is_the_systems_socket() => Assert.Equal("unix:///var/run/docker.sock", Find().Address.OriginalString);

    [Theory]
    [InlineData("unix:///run/user/1000/podman/podman.sock", "unix:///run/user/1000/podman/podman.sock", true, false)]
    [InlineData("tcp://engine:2375", "tcp://engine:2375", false, false)]
    [InlineData("engine:2375", "tcp://engine:2375", false, false)]
    [InlineData("https://engine:2376", "https://engine:2376", false, true)]
    public void The_variable_says_it(string host, string address, bool local, bool tls)
    {
        _variables["DOCKER_HOST"] = host;
        DockerEndpoint found = Find();
        Assert.Equal((address, local, tls), (found.Address.OriginalString, found.IsLocal, found.UsesTls));
    }

    [Theory]
    [InlineData("tcp://engine", false, 2375)]
    [InlineData("tcp://engine", true, 2376)]
    [InlineData("tcp://engine:99", true, 99)]
    [InlineData("https://engine:443", true, 443)]
    [InlineData("http://engine:80", false, 80)]
    [InlineData("tcp://[::1]:2375", false, 2375)]
    public void A_port_that_is_not_said_is_the_customary_one(string host, bool tls, int port)
    {
        _variables["DOCKER_HOST"] = host;
        if (tls) _variables["DOCKER_TLS_VERIFY"] = "1";
        Assert.Equal((port, tls), (Find().Port, Find().UsesTls));
    }

    [Fact]
    public void Certificates_come_from_their_folder_or_the_clients()
    {
        _variables["DOCKER_HOST"] = "tcp://engine:2376";
        _variables["DOCKER_TLS_VERIFY"] = "0";
        Assert.Equal(Path.Combine(_home, ".docker"), Find().CertificateFolder);
        _variables["DOCKER_CERT_PATH"] = "/certificates";
        Assert.Equal("/certificates", Find().CertificateFolder);
        _variables.Remove("DOCKER_TLS_VERIFY");
        Assert.Null(Find().CertificateFolder);
    }

    [Fact]
    public void A_context_is_found_by_variable_and_by_configuration_and_the_host_variable_wins()
    {
        WriteContext("far", "tcp://far:2376", skipVerify: true);
        WriteContext("near", "unix:///near.sock");
        File.WriteAllText(Path.Combine(_home, ".docker", "config.json"), """{ "currentContext": "near" }""");
        Assert.Equal("unix:///near.sock", Find().Address.OriginalString);
        _variables["DOCKER_CONTEXT"] = "far";
        DockerEndpoint far = Find();
        Assert.Equal(("tcp://far:2376", false, true), (far.Address.OriginalString, far.VerifyServer, far.UsesTls));
        Assert.EndsWith("/docker", far.CertificateFolder);
        _variables["DOCKER_CONTEXT"] = "default";
        Assert.Equal("unix:///var/run/docker.sock", Find().Address.OriginalString);
        _variables["DOCKER_HOST"] = "unix:///given.sock";
        Assert.Equal("unix:///given.sock", Find().Address.OriginalString);
    }

    [Fact]
    public void The_configuration_may_be_elsewhere_or_broken()
    {
        _variables["DOCKER_CONFIG"] = Path.Combine(_home, "elsewhere");
        Directory.CreateDirectory(_variables["DOCKER_CONFIG"]);
        File.WriteAllText(Path.Combine(_home, "elsewhere", "config.json"), "{ broken");
        Assert.Equal("unix:///var/run/docker.sock", Find().Address.OriginalString);
        _variables["DOCKER_CONTEXT"] = "none-such";
        Assert.Equal("DockerContextUnknown", Error());
    }

    [Theory]
    [InlineData("""{ "Name": "x" }""")]
    [InlineData("{ broken")]
    [InlineData("""{ "Endpoints": { "docker": { "Host": 5 } } }""")]
    public void A_context_that_cannot_be_read_is_an_error(string meta)
    {
        File.WriteAllText(Path.Combine(ContextFolder("meta", "odd"), "meta.json"), meta);
        _variables["DOCKER_CONTEXT"] = "odd";
        Assert.Equal("DockerContextUnknown", Error());
    }

    [Theory]
    [InlineData("ssh://root@engine", "PlatformUnsupported")]
    [InlineData("ftp://engine", "DockerHostInvalid")]
    [InlineData("tcp://", "DockerHostInvalid")]
    public void What_is_no_address_is_an_error(string host, string errorId)
    {
        _variables["DOCKER_HOST"] = host;
        Assert.Equal(errorId, Error());
    }

    [Fact]
    public void Certificates_that_cannot_be_used_are_an_error_that_names_their_folder()
    {
        File.WriteAllText(Path.Combine(_home, "cert.pem"), "no certificate");
        File.WriteAllText(Path.Combine(_home, "key.pem"), "no key");
        OpsException error = Assert.Throws<OpsException>(() => new DockerEngine(new DockerEndpoint(new Uri("tcp://127.0.0.1:1"), _home)));
        Assert.Equal("DockerCertificateInvalid", error.ErrorId);
        Assert.Contains(_home, error.Message);
    }

    private void WriteContext(string name, string host, bool skipVerify = false)
    {
        File.WriteAllText(Path.Combine(ContextFolder("meta", name), "meta.json"),
            $$"""{ "Name": "{{name}}", "Endpoints": { "docker": { "Host": "{{host}}", "SkipTLSVerify": {{(skipVerify ? "true" : "false")}} } } }""");
        if (skipVerify) Directory.CreateDirectory(Path.Combine(ContextFolder("tls", name), "docker"));
    }

    private string ContextFolder(string kind, string name)
    {
        string id = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name))).ToLowerInvariant();
        return Directory.CreateDirectory(Path.Combine(_home, ".docker", "contexts", kind, id)).FullName;
    }
}
