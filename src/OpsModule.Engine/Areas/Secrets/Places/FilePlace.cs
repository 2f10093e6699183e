using System.Security.Cryptography;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>A key of an env file, or a whole file, whose value needs no quotes. A place holder until the real places are here.</summary>
internal sealed class FilePlace(SecretUse use) : ISecretPlace
{
    private string Path => use.File ?? throw Unsupported();

    public string Words => use.Key is null ? use.FileAsWritten ?? Path : $"{use.FileAsWritten ?? Path}#{use.Key}";

    public IReadOnlyList<string> Services => use.Services;

    public bool IsBuilt => use.Build;

    public Task<SecretMaterial?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Path)) return Task.FromResult<SecretMaterial?>(null);
        string text = File.ReadAllText(Path);
        string? value = use.Key is null ? text.TrimEnd('\n') : ComposeEnvFile.Read(text).Values.GetValueOrDefault(use.Key);
        return Task.FromResult(string.IsNullOrEmpty(value) ? null : new SecretMaterial(value));
    }

    public Task<string> IdentifyAsync(CancellationToken cancellationToken) => Task.FromResult(File.Exists(Path)
        ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(Path)))[..16].ToLowerInvariant() : "gone");

    public Task CheckAsync(SecretMaterial material, CancellationToken cancellationToken) => use.In is null && use.Secret is null
        && material.Value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? Task.CompletedTask : throw Unsupported();

    public Task WriteAsync(ChangeRun run, SecretMaterial material, CancellationToken cancellationToken)
    {
        string written = use.Key is null ? material.Value + "\n" : string.Join('\n', File.ReadAllText(Path).Split('\n')
            .Select(l => l.StartsWith(use.Key + "=", StringComparison.Ordinal) ? $"{use.Key}={material.Value}" : l));
        if (written != File.ReadAllText(Path)) AtomicFile.Write(Path, System.Text.Encoding.UTF8.GetBytes(written));
        return Task.CompletedTask;
    }

    private OpsException Unsupported() => SecretErrors.SecretUnsupported.Make($"{Words} cannot be written here.", "Use an env file.",
        Words);
}
