using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Network;
using OpsModule.Foundations.Text;

namespace OpsModule.Connections.Vaults;

/// <summary>What a vault answered.</summary>
/// <param name="Status">The status.</param>
/// <param name="Json">The body; null when it is no JSON object.</param>
internal sealed record VaultReply(int Status, JsonElement? Json);

/// <summary>
/// Asks a vault over HTTP; a secret is read where nobody can wait without a thread. Redirects are not followed: the token is for one
/// server.
/// </summary>
/// <param name="options">Which vault.</param>
internal sealed class VaultHttp(KeyValueVaultOptions options)
{
    private const int MostBytes = 1024 * 1024, Sealed = 503, Uninitialized = 501;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads.</summary>
    /// <exception cref="OpsException"><c>VaultUnreachable</c>, <c>VaultSealed</c>, <c>CredentialsInClear</c>.</exception>
    public VaultReply Get(string path, string token, string reference) => Send(HttpMethod.Get, path, token, null, reference);

    /// <summary>Logs in.</summary>
    /// <exception cref="OpsException">As <see cref="Get"/>.</exception>
    public VaultReply LogIn(string path, string json, string reference) => Send(HttpMethod.Post, path, null, json, reference);

    private VaultReply Send(HttpMethod method, string path, string? token, string? json, string reference)
    {
        if (options.Address.Scheme == "http" && !options.Address.IsLoopback)
            throw new OpsException("CredentialsInClear", OpsErrorCategory.PermissionDenied,
                $"A token of the vault {options.Name} would go to {options.Address.Host} without TLS.",
                    "Use an address that begins with https://.", reference);
        string? problem = null;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !options.Address.IsLoopback,
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = TrustedRoots.Policy(options.CaFile),
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => (problem = TlsProblem.Of(certificate, chain,
                    errors)) is null,
            },
        }) { Timeout = Patience };
        using HttpRequestMessage request = Request(method, path, token, json, reference);
        try
        {
            using HttpResponseMessage answer = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
            int status = (int)answer.StatusCode;
            if (status is Sealed or Uninitialized)
                throw VaultErrors.VaultSealed.Make($"The secret {reference} cannot be read: {options} is "
                    + $"{(status == Sealed ? "sealed, or in maintenance" : "not initialized")} ({status}).",
                        "Unseal it, then run the command again.", reference);
            return new VaultReply(status, Read(answer));
        }
        catch (TaskCanceledException e) { throw Unreachable($"it has not answered within {DurationText.Show(Patience)}", reference, e); }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Unreachable(problem ?? (e.GetBaseException() is System.Net.Sockets.SocketException socket ? SocketWords.Of(socket)
                : e.GetBaseException().Message.TrimEnd('.')), reference, e);
        }
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string? token, string? json, string reference)
    {
        var request = new HttpRequestMessage(method, new Uri(options.Address, path));
        request.Headers.UserAgent.ParseAdd("OpsModule");
        // Without it some agents and proxies before a vault refuse, so that a browser can be tricked into nothing.
        request.Headers.Add("X-Vault-Request", "true");
        if (options.Namespace is { } room) request.Headers.Add("X-Vault-Namespace", room);
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        if (token is null) return request;
        string value = token.Trim();
        if (value.Length > 0 && value.All(c => c is > ' ' and <= '~')) request.Headers.Add("X-Vault-Token", value);
        else throw VaultErrors.VaultDenied.Make($"What {options.Token} leads to is no token of a vault.", "Correct 'token:' of the vault.",
            reference);
        return request;
    }

    private static JsonElement? Read(HttpResponseMessage answer)
    {
        using Stream stream = answer.Content.ReadAsStream();
        byte[] bytes = new byte[MostBytes + 1];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > MostBytes) return null;
        try { return JsonSerializer.Deserialize<JsonElement>(bytes.AsSpan(0, length)) is { ValueKind: JsonValueKind.Object } json ? json
            : null; }
        catch (JsonException) { return null; }
    }

    private OpsException Unreachable(string why, string reference, Exception cause) => VaultErrors.VaultUnreachable.Make(
        $"The secret {reference} cannot be read: the vault {options} cannot be asked: {why}.",
            "Let this machine reach it, or correct 'vault:' under 'vaults:'.", reference, cause);
}
