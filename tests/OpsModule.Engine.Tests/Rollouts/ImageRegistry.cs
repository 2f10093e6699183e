using System.Formats.Tar;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Rollouts;

/// <summary>
/// A registry on loopback that gives out images of the engine. It speaks the part of the registry's protocol that a pull needs; Debian's
/// docker-registry is not there wherever these tests run.
/// </summary>
internal sealed class ImageRegistry : IDisposable
{
    private const string ManifestKind = "application/vnd.docker.distribution.manifest.v2+json";

    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, byte[]> _blobs = [], _manifests = [];

    public ImageRegistry()
    {
        int port = FreePorts.Take();
        Name = $"127.0.0.1:{port}/shop/api";
        _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        _listener.Start();
        _ = AnswerAsync();
    }

    /// <summary>The image's name in it, without a tag.</summary>
    public string Name { get; }

    /// <summary>Gives an image of the engine a tag in it.</summary>
    public async Task PushAsync(string image, string tag)
    {
        using var folder = new TempFolder();
        await DockerFixture.DockerAsync("save", "-o", folder["image.tar"], image);
        var files = new Dictionary<string, byte[]>();
        using (var tar = new TarReader(File.OpenRead(folder["image.tar"])))
            while (await tar.GetNextEntryAsync(copyData: true) is { } entry)
                if (entry.DataStream is { } data)
                {
                    var content = new MemoryStream();
                    await data.CopyToAsync(content);
                    files[entry.Name] = content.ToArray();
                }
        JsonNode made = JsonNode.Parse(files["manifest.json"])![0]!;
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2, ["mediaType"] = ManifestKind,
            ["config"] = Keep(files[(string)made["Config"]!], "application/vnd.docker.container.image.v1+json"),
            ["layers"] = new JsonArray([.. made["Layers"]!.AsArray().Select(l => (JsonNode)Keep(files[(string)l!],
                "application/vnd.docker.image.rootfs.diff.tar.gzip"))]),
        };
        byte[] text = Encoding.UTF8.GetBytes(manifest.ToJsonString());
        _manifests[tag] = _manifests[DigestOf(text)] = text;
    }

    public void Dispose() => _listener.Close();

    private JsonObject Keep(byte[] content, string kind)
    {
        _blobs[DigestOf(content)] = content;
        return new JsonObject { ["mediaType"] = kind, ["size"] = content.Length, ["digest"] = DigestOf(content) };
    }

    private static string DigestOf(byte[] content) => "sha256:" + Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();

    private async Task AnswerAsync()
    {
        while (true)
        {
            HttpListenerContext call;
            try { call = await _listener.GetContextAsync(); }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) { return; }
            string[] path = call.Request.Url!.AbsolutePath.Split('/');
            byte[]? found = path[^2] == "manifests" ? _manifests.GetValueOrDefault(path[^1]) : path[^2] == "blobs"
                ? _blobs.GetValueOrDefault(path[^1]) : path is ["", "v2", ""] ? "{}"u8.ToArray() : null;
            call.Response.StatusCode = found is null ? 404 : 200;
            call.Response.ContentType = path[^2] != "manifests" ? "application/octet-stream" : found is null ? "application/json"
                : ManifestKind;
            if (found is not null && path[^2] != "") call.Response.Headers["Docker-Content-Digest"] = DigestOf(found);
            found ??= Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { errors = new[] { new { code = "MANIFEST_UNKNOWN",
                message = "manifest unknown" } } }));
            call.Response.ContentLength64 = found.Length;
            try
            {
                if (call.Request.HttpMethod != "HEAD") await call.Response.OutputStream.WriteAsync(found);
                call.Response.Close();
            }
            catch (HttpListenerException) { /* the engine has gone on */ }
        }
    }
}
