using System.Text.Json;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>The keys of a project of Sentry, by its API: they are made, enabled and disabled.</summary>
/// <param name="secret">The secret's name.</param>
/// <param name="admin">The server, the project and the token.</param>
internal sealed class SentryKeys(string secret, SentryAdmin admin)
{
    private const int MostPages = 20;
    private const string Header = "Authorization";

    /// <summary>The DSN of the key that carries a change's id; it is made when there is none.</summary>
    public async Task<string> MakeAsync(ChangeRun run, CancellationToken ct)
    {
        string name = $"opsmodule-{run.Id}";
        foreach (Key key in await ListAsync(ct).ConfigureAwait(false))
            if (key.Name == name) return key.Dsn;
        SecretAnswer made = await SecretHttp.ChangeAsync(run, HttpMethod.Post, Keys(), Header, Bearer(),
            JsonSerializer.Serialize(new Dictionary<string, string> { ["name"] = name }), ct).ConfigureAwait(false);
        return made.IsWell && Read(made.Body) is [var one] ? one.Dsn : throw Refused("makes no key", made);
    }

    /// <summary>Enables or disables the key of a DSN. That it is as wanted already is no error.</summary>
    /// <exception cref="OpsException"><c>SecretServerRefused</c>, also where the project has no such key.</exception>
    public async Task EnableAsync(ChangeRun run, SecretMaterial material, bool isActive, CancellationToken ct)
    {
        string wanted = SentryDsn.Read(material).Key;
        Key? key = (await ListAsync(ct).ConfigureAwait(false)).FirstOrDefault(k => k.Public == wanted);
        // A key that is gone lets nobody in, and cannot be brought back.
        if (key is null && !isActive) return;
        if (key is null) throw ValueSecretErrors.SecretServerRefused.Make($"The project {admin.Project} has no such key any more.",
            "Make a new one: rotate the secret again.", secret);
        if (key.IsActive == isActive) return;
        SecretAnswer answer = await SecretHttp.ChangeAsync(run, HttpMethod.Put, new Uri(Keys(), Uri.EscapeDataString(key.Id) + "/"), Header, Bearer(), $$"""{"isActive":{{(isActive ? "true" : "false")}}}""", ct).ConfigureAwait(false);
        if (!answer.IsWell) throw Refused(isActive ? "does not enable a key" : "does not disable a key", answer);
    }

    /// <summary>Looks whether keys can be listed, which needs the token.</summary>
    public async Task<int> CountAsync(CancellationToken ct) => (await ListAsync(ct).ConfigureAwait(false)).Count;

    private async Task<List<Key>> ListAsync(CancellationToken ct)
    {
        var all = new List<Key>();
        Uri page = Keys();
        for (int number = 0; number < MostPages; number++)
        {
            SecretAnswer answer = await SecretHttp.GetAsync(page, Header, Bearer(), ct).ConfigureAwait(false);
            if (!answer.IsWell) throw Refused("does not list its keys", answer);
            all.AddRange(Read(answer.Body) ?? throw Refused("lists its keys in a way that this version does not know", answer));
            if (answer.Next is null) return all;
            var next = new Uri(page, answer.Next);
            // The token goes to the server that it is for, and to no other.
            if (next.GetLeftPart(UriPartial.Authority) != page.GetLeftPart(UriPartial.Authority)) throw Refused("sends for its next keys "
                + "elsewhere", answer);
            page = next;
        }
        throw ValueSecretErrors.SecretServerRefused.Make($"The project {admin.Project} has more keys than are read.",
            "Delete keys that are disabled.", secret);
    }

    private static List<Key>? Read(string body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind is JsonValueKind.Array ? [.. json.RootElement.EnumerateArray().Select(One)]
                : [One(json.RootElement)];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException) { return null; }
    }

    private static Key One(JsonElement key) => new(key.GetProperty("id").GetString()!, key.GetProperty("name").GetString() ?? "",
        key.GetProperty("public").GetString()!,
        key.GetProperty("isActive").GetBoolean(), key.GetProperty("dsn").GetProperty("public").GetString()!);

    private Uri Keys() => HttpTargets.TryParse(admin.Url.TrimEnd('/')
        + $"/api/0/projects/{Uri.EscapeDataString(admin.Organization)}/{Uri.EscapeDataString(admin.Project)}/keys/", out Uri? url) ? url
        : throw ValueSecretErrors.SecretProofIncomplete.Make($"The secret {secret} has an address of Sentry that is none: {admin.Url}.",
            "Write sentry: { url: \"https://sentry.io\", ... }.", secret);

    private string Bearer() => "Bearer " + admin.Token.Resolve();

    private OpsException Refused(string what, SecretAnswer answer) => ValueSecretErrors.SecretServerRefused.Make($"{Keys().Host} {what} "
        + $"of {admin.Organization}/{admin.Project}: it answers {answer.Code}.",
        answer.Code is 401 or 403 ? $"Give {admin.Token} the scope project:write." : answer.Code == 404
            ? "Correct org and project under 'sentry:' of the secret." : "Try again; Sentry's status page tells of disturbances.", secret);

    private sealed record Key(string Id, string Name, string Public, bool IsActive, string Dsn);
}
