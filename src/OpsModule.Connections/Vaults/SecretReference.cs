using OpsModule.Connections.Files;
using OpsModule.Connections.Platforms.Compose;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Vaults;

/// <summary>
/// Points at a secret: <c>env:NAME</c>, <c>file:path#KEY</c> (an env file; <c>file:path#raw:KEY</c> one that is read to the letter),
/// <c>file:path</c> (the whole file, trimmed),
/// <c>vault:NAME</c> or <c>vault:VAULT/NAME</c> (what <see cref="SecretVault"/> reads), <c>vault:NAME/path#key</c> (of a vault that the
/// environment
/// names), or a literal, which is accepted with a warning. Its text form never shows a literal.
/// </summary>
public sealed class SecretReference
{
    /// <summary>Stands before a key of a file that the compose file names with <c>format: raw</c>.</summary>
    public const string Raw = "raw:";

    private const int MaxLength = 256 * 1024;

    private readonly string _text;
    private readonly string _baseDirectory;
    private readonly bool _known;
    private readonly KeyValueVaults? _vaults = KeyValueVaults.Bound;

    /// <summary>Takes a reference as written in the environment file.</summary>
    /// <param name="text">The value as written.</param>
    /// <param name="baseDirectory">Relative file paths are relative to this folder.</param>
    public SecretReference(string text, string baseDirectory) : this(text, baseDirectory, literal: false)
    {
    }

    private SecretReference(string text, string baseDirectory, bool literal)
    {
        _text = text;
        _baseDirectory = baseDirectory;
        _known = literal;
        if (!literal && text.StartsWith("env:", StringComparison.Ordinal)) ProgramEnvironment.AddSecret(text[4..]);
    }

    /// <summary>A secret that is already known, or null when there is none; it is shown as little as any literal.</summary>
    public static SecretReference? Literal(string? secret) => secret is null ? null : new SecretReference(secret, "/", literal: true);

    /// <summary>True when the secret itself stands in the file.</summary>
    public bool IsLiteral => _known || !_text.StartsWith("env:", StringComparison.Ordinal)
        && !_text.StartsWith("file:", StringComparison.Ordinal) && !_text.StartsWith("vault:", StringComparison.Ordinal);

    /// <summary>Full path of the file that holds it; null for one that is elsewhere.</summary>
    public string? FilePath => !_known && _text.StartsWith("file:", StringComparison.Ordinal)
        ? Path.GetFullPath(_text.LastIndexOf('#') is > 0 and var hash ? _text[5..hash] : _text[5..], _baseDirectory) : null;

    /// <summary>True when the whole of <see cref="FilePath"/> is the secret, and not the value of one key in it.</summary>
    public bool IsWholeFile => FilePath is not null && _text.LastIndexOf('#') <= 0;

    /// <summary>Reads the secret.</summary>
    /// <exception cref="OpsException"><c>SecretNotFound</c> when the variable, file or key is missing; <c>SecretProviderUnsupported</c> for a vault.</exception>
    public string Resolve()
    {
        if (IsLiteral) return _text;
        if (_text.StartsWith("env:", StringComparison.Ordinal))
            return Environment.GetEnvironmentVariable(_text[4..]) is { Length: > 0 } value ? value : throw Missing("the environment variable is not set");
        if (_text.StartsWith("file:", StringComparison.Ordinal)) return FromFile(_text[5..]);
        if (_text.StartsWith("vault:", StringComparison.Ordinal))
            return FromVault(_text[6..]);
        return _text;
    }

    /// <summary>The reference, or <c>(literal)</c>: safe to print.</summary>
    public override string ToString() => IsLiteral ? "(literal)" : _text;

    private string FromVault(string spec)
    {
        int slash = spec.IndexOf('/');
        (string? vault, string name) = slash < 0 ? (null, spec) : (spec[..slash], spec[(slash + 1)..]);
        if (vault is not null && _vaults?.Find(vault) is { } named) return new KeyValueVault(named).Read(name, ToString());
        if (name.Length == 0 || vault?.Length == 0) throw Missing("vault:NAME or vault:VAULT/NAME was expected");
        ISecretVault reader = SecretVault.Current ?? throw new OpsException("SecretProviderUnsupported", OpsErrorCategory.InvalidOperation,
            $"The secret {this} is in a vault, and here is none that could be asked.",
            "Use env:NAME or file:PATH#KEY in its place, filled from the vault before the run.", ToString());
        return reader.Read(vault, name) is { Length: > 0 } value ? value : throw Missing("it is empty");
    }

    private string FromFile(string spec)
    {
        int hash = spec.LastIndexOf('#');
        string path = Path.GetFullPath(hash < 0 ? spec : spec[..hash], _baseDirectory);
        if (!File.Exists(path)) throw Missing($"the file {path} does not exist");
        try
        {
            string text = ReadAll(path);
            if (hash < 0) return text.Trim() is { Length: > 0 } whole ? whole : throw Missing($"{path} is empty");
            return FromEnvFile(text, path, spec[(hash + 1)..]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Missing(e.Message.TrimEnd('.'));
        }
    }

    /// <summary>What the application gets. Which Compose is in use is asked for only where the two do not agree.</summary>
    private string FromEnvFile(string text, string path, string key)
    {
        IReadOnlyDictionary<string, string>? project = Path.GetFileName(path) == ".env" ? null
            : new[] { Path.GetDirectoryName(path)!, _baseDirectory }.Select(folder => Path.Combine(folder, ".env")).Where(File.Exists)
                .Select(env => ComposeEnvFile.Read(ReadAll(env)).Values).FirstOrDefault();
        if (key.StartsWith(Raw, StringComparison.Ordinal)) return FromRaw(ComposeEnvFile.Read(text, EnvDialect.Raw, project), path,
            key[Raw.Length..]);
        ComposeEnvFile second = ComposeEnvFile.Read(text, EnvDialect.ComposeGo, project), first = ComposeEnvFile.Read(text,
            EnvDialect.PythonDotenv, project);
        EnvDialect? inUse = second.Fault is null && second.Values.GetValueOrDefault(key) == first.Values.GetValueOrDefault(key)
            ? EnvDialect.ComposeGo : ComposeInstallation.Find()?.Dialect;
        if (inUse is null && second.Fault is null)
            throw Missing(
                $"Compose v1 and v2 make different values of it in {path}, and neither is installed here; in single quotes they agree");
        ComposeEnvFile file = inUse == EnvDialect.PythonDotenv ? first : second;
        if (file.Fault is { } fault) throw Missing($"Compose refuses {path}: {fault}");
        return Only(file, path, key);
    }

    private string FromRaw(ComposeEnvFile file, string path, string key) =>
        file.Fault is { } fault ? throw Missing($"Compose refuses {path}: {fault}") : Only(file, path, key);

    private string Only(ComposeEnvFile file, string path, string key)
    {
        if (file.Faults.TryGetValue(key, out string? why)) throw Missing($"Compose refuses {path}: {why}");
        return file.Values.TryGetValue(key, out string? value) && value.Length > 0 ? value
            : throw Missing($"{path} has no such key, or nothing stands after it");
    }

    /// <summary>A secret is small; a device or a wrong file must not fill the memory.</summary>
    private string ReadAll(string path)
    {
        using var reader = new StreamReader(path);
        char[] buffer = new char[MaxLength + 1];
        int length = reader.ReadBlock(buffer);
        return length <= MaxLength ? new string(buffer, 0, length) : throw Missing($"{path} is larger than {MaxLength / 1024} KiB");
    }

    private OpsException Missing(string why) => new("SecretNotFound", OpsErrorCategory.ObjectNotFound,
        $"The secret {this} cannot be read: {why}.", "Set it, or correct the reference in the environment file.", ToString());
}
