using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Health;

[Collection(PostgresCollection.Name)]
public sealed class CertificateReaderTests(PostgresFixture postgres) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new();
    private readonly CertificateReader _reader = new(TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_an_endpoint_serves_is_what_the_file_holds()
    {
        using X509Certificate2 certificate = WebServer.SelfSigned("localhost", 90, IPAddress.Loopback), second = WebServer.SelfSigned("other", 20);
        await using var web = new WebServer(certificate);
        string pem = _folder.Write("chain.pem", certificate.ExportCertificatePem() + "\n" + second.ExportCertificatePem());
        File.WriteAllBytes(_folder["one.der"], certificate.RawData);

        CertificateRecord served = await _reader.ReadEndpointAsync($"localhost:{web.Port}", Patience, default), byUrl = await _reader.ReadEndpointAsync(web.Url("/ok", "localhost"), Patience, default);
        IReadOnlyList<CertificateRecord> file = _reader.ReadFile(pem);

        Assert.Equal(("CN=localhost", "CN=localhost", "RSA 2048", $"localhost:{web.Port}"), (served.Subject, served.Issuer, served.Key, served.Source));
        Assert.Equal(["localhost", "127.0.0.1"], served.Names);
        Assert.Contains("self-signed", served.Problem);
        Assert.StartsWith("TLS 1.", served.Protocol);
        Assert.Equal(2, file.Count);
        Assert.Equal([served.Sha256, served.Sha256, served.Sha256], [file[0].Sha256, _reader.ReadFile(_folder["one.der"])[0].Sha256, byUrl.Sha256]);
        Assert.Null(file[0].Problem);
        Assert.InRange(file[1].Left.TotalDays, 19, 20);
    }

    [Fact]
    public async Task A_postgres_server_is_asked_as_its_clients_do()
    {
        // The fixture's server speaks no TLS.
        using var lab = new BackupLab(await postgres.CreateDatabaseAsync());
        var none = await Assert.ThrowsAsync<OpsException>(() => _reader.ReadDatabaseAsync(lab.Context, "main", Patience, default));
        Assert.Contains("speaks no TLS", none.Message);

        using X509Certificate2 certificate = WebServer.SelfSigned("localhost", 90, IPAddress.Loopback);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task served = ServeAsync(listener, certificate);
        using var tls = new BackupLab(lab.Database with { Port = ((IPEndPoint)listener.LocalEndpoint).Port });
        CertificateRecord record = await _reader.ReadDatabaseAsync(tls.Context, "main", Patience, default);
        await served;

        Assert.Equal("CN=localhost", record.Subject);
    }

    [Fact]
    public async Task What_is_no_certificate_says_why()
    {
        await using var web = new WebServer();
        _folder.Write("text.pem", "-----BEGIN NOTHING-----");
        _folder.Write("noise", "noise");

        Assert.Contains("does not speak TLS", (await Assert.ThrowsAsync<OpsException>(() => _reader.ReadEndpointAsync($"127.0.0.1:{web.Port}", Patience, default))).Message);
        Assert.Equal("EndpointUnreachable", (await Assert.ThrowsAsync<OpsException>(() => _reader.ReadEndpointAsync($"127.0.0.1:{FreePorts.Take()}", Patience, default))).ErrorId);
        foreach (string file in new[] { "text.pem", "noise", "none" }) Assert.Equal("CertificateUnreadable", Assert.Throws<OpsException>(() => _reader.ReadFile(_folder[file])).ErrorId);
    }

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        byte[] asked = new byte[8];
        await client.GetStream().ReadExactlyAsync(asked);
        Assert.Equal([0, 0, 0, 8, 4, 210, 22, 47], asked);
        await client.GetStream().WriteAsync("S"u8.ToArray());
        await using var tls = new System.Net.Security.SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(certificate);
    }
}
