using System.Text.Json;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Vaults;

/// <summary>Reads from a vault of keys and values. What was read is kept for the call that runs, where there is one.</summary>
/// <param name="options">Which one.</param>
internal sealed class KeyValueVault(KeyValueVaultOptions options)
{
    private readonly VaultHttp _http = new(options);

    /// <summary>Reads a value.</summary>
    /// <param name="spec"><c>path#key</c>, the path below the mount.</param>
    /// <param name="reference">The reference, for messages.</param>
    /// <exception cref="OpsException">A member of <see cref="VaultErrors"/>, <c>CredentialsInClear</c>, and what reading the token
    /// throws.</exception>
    public string Read(string spec, string reference)
    {
        int hash = spec.LastIndexOf('#');
        string path = hash < 0 ? spec : spec[..hash], key = hash < 0 ? "" : spec[(hash + 1)..];
        string[] parts = path.Split('/');
        if (key.Length == 0 || parts.Any(p => p.Length == 0 || p is "." or ".." || p.Any(char.IsControl)))
            throw VaultErrors.SecretNotFound.Make($"The secret {reference} cannot be read: vault:{options.Name}/PATH#KEY was expected, "
                + $"with the path below {options.Mount}.",
                $"Correct it. {options.Name} stands under 'vaults:'; a vault of SecretManagement needs another name.", reference);
        string where = $"/v1/{Escaped(options.Mount.Split('/'))}/data/{Escaped(parts)}";
        string Ask() => Data(_http.Get(where, Token(reference), reference), path, reference);
        using var values = JsonDocument.Parse(SecretVault.Current is { } call ? call.Once(options.Id + where, Ask) : Ask());
        if (!values.RootElement.TryGetProperty(key, out JsonElement value))
            throw VaultErrors.SecretNotFound.Make($"The secret {reference} cannot be read: {options.Name} has {path}, and no key {key} "
                + $"there.", "Write the key there, or correct the reference.", reference);
        return value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text
            : throw VaultErrors.SecretNotFound.Make($"The secret {reference} cannot be read: what stands there is "
                + $"{(value.ValueKind is JsonValueKind.String ? "empty" : "no text")}.", "Write it there as a text.", reference);
    }

    private string Token(string reference)
    {
        if (options.Token is { } token) return token.Resolve();
        VaultRole role = options.Role!;
        string LogIn()
        {
            string secret = role.SecretId.Resolve();
            // A login changes nothing that is operated: it makes a token that ends by itself.
            VaultReply reply = _http.LogIn($"/v1/auth/{Escaped(role.Mount.Split('/'))}/login",
                JsonSerializer.Serialize(new Dictionary<string, string> { ["role_id"] = role.RoleId, ["secret_id"] = secret }), reference);
            if (reply.Status is 400 or 403) throw VaultErrors.VaultDenied.Make($"{options} refuses the role {role.RoleId} "
                + $"({reply.Status}).", "Make a new secret id for it, and see that it may log in from here.", reference);
            return reply.Json is { } json && json.TryGetProperty("auth", out JsonElement auth) && auth.ValueKind is JsonValueKind.Object
                && auth.TryGetProperty("client_token", out JsonElement made) && made.GetString() is { Length: > 0 } given
                ? given : throw Unknown(reply, reference);
        }
        return SecretVault.Current is { } call ? call.Once(options.Id, LogIn) : LogIn();
    }

    /// <summary>The values at a path, as JSON.</summary>
    private string Data(VaultReply reply, string path, string reference)
    {
        JsonElement? data = reply.Json is { } json && json.TryGetProperty("data", out JsonElement outer)
            && outer.ValueKind is JsonValueKind.Object ? outer : null;
        if (data is { } found && found.TryGetProperty("data", out JsonElement values))
        {
            if (reply.Status == 200 && values.ValueKind is JsonValueKind.Object) return values.GetRawText();
            if (values.ValueKind is JsonValueKind.Null && found.TryGetProperty("metadata", out JsonElement metadata))
                throw VaultErrors.VaultVersionDeleted.Make($"The secret {reference} cannot be read: the newest version of {path} in "
                    + $"{options.Name} was {Ending(metadata)}.",
                    "Bring it back (kv undelete), or write a new version.", reference);
        }
        throw reply.Status switch
        {
            400 or 403 => VaultErrors.VaultDenied.Make($"{options} refuses to read {path} ({reply.Status}).",
                $"Give the token read on {options.Mount}/data/{path}; it may also have run out.", reference),
            404 => VaultErrors.SecretNotFound.Make($"The secret {reference} cannot be read: {options} has nothing at {path} below "
                + $"{options.Mount}.",
                $"Write it there (kv put), or correct the path; {options.Mount} must be an engine of keys and values, version 2.",
                    reference),
            _ => Unknown(reply, reference),
        };
    }

    private static string Ending(JsonElement metadata) => metadata.TryGetProperty("destroyed", out JsonElement destroyed)
        && destroyed.ValueKind is JsonValueKind.True ? "destroyed" : "deleted";

    private OpsException Unknown(VaultReply reply, string reference) => VaultErrors.VaultAnswerUnknown.Make(
        $"The secret {reference} cannot be read: {options} answers "
            + $"{reply.Status}{(reply.Status is >= 300 and < 400 ? " and wants it elsewhere, which is not followed" : ", in a way that this version does not know")}.",
        "Correct 'vault:' and 'mount:': the address of the active server, and an engine of keys and values, version 2.", reference);

    private static string Escaped(IEnumerable<string> parts) => string.Join('/', parts.Select(Uri.EscapeDataString));
}
