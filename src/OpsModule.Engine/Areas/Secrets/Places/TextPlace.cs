using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Places;

/// <summary>A place that holds a text: the value alone, or the value inside of a text that the environment file gives.</summary>
internal abstract class TextPlace(SecretUse use) : ISecretPlace
{
    private readonly UseTemplate? _template = use.In is { } text ? new UseTemplate(text) : null;

    /// <summary>What the environment file says of it.</summary>
    public SecretUse Use => use;

    public abstract string Words { get; }

    public IReadOnlyList<string> Services => [.. Readers.Select(r => r.Service).Concat(use.Services).Distinct(StringComparer.Ordinal)];

    public bool IsBuilt => use.Build;

    /// <summary>Who gets the value from here, as far as files tell.</summary>
    public abstract IReadOnlyList<PlaceReader> Readers { get; }

    public abstract Task<string> IdentifyAsync(CancellationToken cancellationToken);

    public async Task<SecretMaterial?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await ReadTextAsync(cancellationToken).ConfigureAwait(false) is not { Length: > 0 } text) return null;
        SecretMaterial read = _template?.Read(text, Words) ?? new SecretMaterial(text);
        HiddenWords.Add(read.Value);
        return read;
    }

    public async Task CheckAsync(SecretMaterial material, CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken).ConfigureAwait(false);
        await CheckTextAsync(Carried(material), cancellationToken).ConfigureAwait(false);
    }

    public async Task WriteAsync(ChangeRun run, SecretMaterial material, CancellationToken cancellationToken)
    {
        Mend(run);
        string? now = await ReadTextAsync(cancellationToken).ConfigureAwait(false);
        // What does not fit is somebody's own, and is not written over.
        if (now is { Length: > 0 }) _template?.Read(now, Words);
        string text = Carried(material);
        if (now != text || await IsHalfWrittenAsync(cancellationToken).ConfigureAwait(false))
            await WriteTextAsync(run, text, cancellationToken).ConfigureAwait(false);
        // A run that was killed may have written it without asking whether it is well so.
        else await ProveTextAsync(text, cancellationToken).ConfigureAwait(false);
    }

    public virtual void Mend(ChangeRun run)
    {
    }

    /// <summary>What stands there; null or empty for nothing.</summary>
    protected abstract Task<string?> ReadTextAsync(CancellationToken ct);

    /// <summary>Whether a text could be written and read back, without writing it.</summary>
    protected abstract Task CheckTextAsync(string text, CancellationToken ct);

    /// <summary>Whether what reads the place may have been told in part, though the text stands there.</summary>
    protected virtual Task<bool> IsHalfWrittenAsync(CancellationToken ct) => Task.FromResult(false);

    /// <summary>Sees that a text that stands there already is what services get.</summary>
    /// <exception cref="OpsException"><c>SecretValueNotCarried</c>.</exception>
    protected virtual Task ProveTextAsync(string text, CancellationToken ct) => Task.CompletedTask;

    /// <summary>Writes a text that is not there yet.</summary>
    protected abstract Task WriteTextAsync(ChangeRun run, string text, CancellationToken ct);

    private string Carried(SecretMaterial material)
    {
        if (material.Value.Length == 0 || material.Value.Contains('\0'))
            throw PlaceErrors.ValueNotCarried.Make(
                $"{Words} carries no {(material.Value.Length == 0 ? "empty value" : "value with a NUL in it")}.",
                "Take another value.", Words);
        HiddenWords.Add(material.Value);
        return _template?.Write(material, Words) ?? material.Value;
    }
}
