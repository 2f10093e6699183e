using System.Text.Json;
using OpsModule.Engine.Areas.Rollouts.Sealing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.Keeping;

/// <summary>
/// What is kept of secrets in the state folder, <c>secrets/NAME.json</c>, for its owner alone: the values are sealed with the key of the
/// state folder, and a file is there whole, and on the disk, or not at all.
/// </summary>
internal sealed class SecretStore
{
    private readonly OpsContext _context;
    private readonly RevisionKey _key;

    public SecretStore(OpsContext context) => (_context, _key) = (context, RevisionKey.Of(context.Environment.StateDirectory));

    private string Folder => Path.Combine(_context.Environment.StateDirectory, "secrets");

    /// <summary>A short text that is the same for the same value, and that tells nothing of it without the environment's key.</summary>
    public string Fingerprint(SecretMaterial material) => _key.Fingerprint(material.Value);

    /// <summary>What is kept of a secret; nothing but its name where nothing is.</summary>
    /// <exception cref="OpsException"><c>SecretStoreUnreadable</c>, <c>StateNotTrusted</c>.</exception>
    public KeptSecret Read(string name)
    {
        string path = PathOf(name);
        StateFolder.Prepare(_context.Environment.StateDirectory, Folder, path);
        if (!File.Exists(path)) return new KeptSecret { Name = name };
        try
        {
            Plain plain = JsonSerializer.Deserialize<Plain>(File.ReadAllBytes(path)) ?? throw Unreadable(name, path);
            byte[] opened = _key.Open(plain.Sealed, PlaceOf(name)) ?? throw Unreadable(name, path);
            Values values = JsonSerializer.Deserialize<Values>(opened) ?? throw Unreadable(name, path);
            return new KeptSecret
            {
                Name = name, Current = values.Current?.Material, Pending = values.Pending?.Material, Previous = values.Previous?.Material,
                Change = plain.Change, PendingSince = plain.PendingSince,
                FinishedAt = plain.FinishedAt, FinishedBy = plain.FinishedBy, ByHandSince = plain.ByHandSince,
                ByHandDone = plain.ByHandDone, TakenBack = plain.TakenBack,
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { throw Unreadable(name, path, e); }
    }

    /// <summary>Keeps what is known of a secret; durable on return.</summary>
    /// <exception cref="OpsException"><c>SecretStoreUnreadable</c> where it cannot be written, <c>StateNotTrusted</c>.</exception>
    public void Write(KeptSecret kept)
    {
        string path = PathOf(kept.Name);
        StateFolder.Prepare(_context.Environment.StateDirectory, Folder, path);
        byte[] values = JsonSerializer.SerializeToUtf8Bytes(new Values(One.Of(kept.Current), One.Of(kept.Pending), One.Of(kept.Previous)));
        Write(kept.Name, path, new Plain(kept.Change, kept.PendingSince, kept.FinishedAt, kept.FinishedBy, kept.ByHandSince,
            kept.ByHandDone, kept.TakenBack,
            _key.Seal(values, PlaceOf(kept.Name))));
    }

    /// <summary>
    /// A value that was handed in for a rotation that has not begun; null for none. Each lies in a file of its own, under its fingerprint:
    /// who hands one in has no lock, and must not write over what a rotation keeps, or over what another one waits with.
    /// </summary>
    /// <param name="name">The secret.</param>
    /// <param name="print">The fingerprint that the plan says.</param>
    /// <exception cref="OpsException"><c>SecretStoreUnreadable</c>, <c>StateNotTrusted</c>.</exception>
    public SecretMaterial? ReadHandedIn(string name, string print)
    {
        string path = HandedInOf(name, print);
        if (!File.Exists(path)) return null;
        try
        {
            byte[] opened = _key.Open(File.ReadAllBytes(path), HandedInPlaceOf(name, print)) ?? throw Unreadable(name, path);
            return (JsonSerializer.Deserialize<One>(opened) ?? throw Unreadable(name, path)).Material;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { throw Unreadable(name, path, e); }
    }

    /// <summary>Keeps a value that was handed in, beside others.</summary>
    /// <exception cref="OpsException"><c>SecretStoreUnreadable</c> where it cannot be written, <c>StateNotTrusted</c>.</exception>
    public void WriteHandedIn(string name, SecretMaterial material)
    {
        string print = Fingerprint(material);
        WriteBytes(name, HandedInOf(name, print), _key.Seal(JsonSerializer.SerializeToUtf8Bytes(One.Of(material)),
            HandedInPlaceOf(name, print)));
    }

    /// <summary>Forgets one of them.</summary>
    public void ForgetHandedIn(string name, string print) => File.Delete(HandedInOf(name, print));

    /// <summary>Forgets all of them: their plans were made for a value that counts no more.</summary>
    public void ForgetHandedIn(string name)
    {
        if (!Directory.Exists(HandedInPath(name))) return;
        foreach (string path in Directory.EnumerateFiles(HandedInFolder(name))) File.Delete(path);
    }

    private static void Write(string name, string path, Plain plain) => WriteBytes(name, path, JsonSerializer.SerializeToUtf8Bytes(plain));

    private static void WriteBytes(string name, string path, byte[] content)
    {
        try { AtomicFile.Write(path, content); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SecretErrors.SecretStoreUnreadable.Make($"What is to be kept of {name} cannot be written to {path}: {e.Message}",
                "Make room there, or give this user the right to write. Nothing that is not kept is set.", name, e);
        }
    }

    private static OpsException Unreadable(string name, string path, Exception? e = null) => SecretErrors.SecretStoreUnreadable.Make(
        $"What is kept of the secret {name} in {path} cannot be read: it was changed, or is of another key.",
        "Bring the state folder's secrets/ and rollouts/key back from a backup. Where no rotation of it is under way, remove that file.",
        name, e);

    private string PathOf(string name) => Path.Combine(Folder, name.ToLowerInvariant() + ".json");

    private string HandedInOf(string name, string print)
    {
        // It comes out of a plan, which may be of a file that somebody wrote.
        if (!print.All(char.IsAsciiHexDigit)) throw new FormatException($"'{print}' is no fingerprint.");
        string folder = HandedInFolder(name), path = Path.Combine(folder, print);
        StateFolder.Prepare(_context.Environment.StateDirectory, folder, path);
        return path;
    }

    private string HandedInFolder(string name)
    {
        string folder = HandedInPath(name), all = Path.GetDirectoryName(folder)!;
        StateFolder.Prepare(_context.Environment.StateDirectory, Folder, all);
        StateFolder.Prepare(_context.Environment.StateDirectory, all, folder);
        StateFolder.Prepare(_context.Environment.StateDirectory, folder);
        return folder;
    }

    private string HandedInPath(string name) => Path.Combine(Folder, "handed-in", name.ToLowerInvariant());

    private string HandedInPlaceOf(string name, string print) => $"{PlaceOf(name)}/handed-in/{print}";

    private string PlaceOf(string name) => $"{_context.Environment.Name}/secret/{name.ToLowerInvariant()}";

    private sealed record Plain(string? Change, DateTimeOffset? PendingSince, DateTimeOffset? FinishedAt, string? FinishedBy,
        DateTimeOffset? ByHandSince, string? ByHandDone, string? TakenBack,
        byte[] Sealed);

    private sealed record Values(One? Current, One? Pending, One? Previous);

    private sealed record One(string Value, string? Login)
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public SecretMaterial Material => new(Hidden(Value), Login);

        public static One? Of(SecretMaterial? material) => material is null ? null : new One(Hidden(material.Value), material.Login);

        /// <summary>Whatever is kept is shown by nothing from then on, in this process.</summary>
        private static string Hidden(string value)
        {
            HiddenWords.Add(value);
            return value;
        }
    }
}
