using System.Net;
using System.Text.Json;
using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Values;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Keys behind an endpoint for administrators.</summary>
/// <param name="secret">The secret's name.</param>
/// <param name="endpoint">The endpoint.</param>
internal sealed class HttpKeyIssuer(string secret, ApiKeyEndpoint endpoint) : IKeyIssuer
{
    private const string Header = "Authorization", IdPart = "{id}";
    private const int MostPages = 50;

    private readonly KeyAnswer _answer = new($"the endpoint for keys of {secret}", endpoint.Fields);

    public string Words => $"the endpoint {Url(endpoint.Url).Host}";

    public string Identity => Url(endpoint.Url).GetLeftPart(UriPartial.Authority);

    /// <summary>What was revoked behind an endpoint stays revoked.</summary>
    public bool Restores => false;

    public async Task<IReadOnlyList<IssuedKey>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<IssuedKey>();
        Uri page = Url(endpoint.Url);
        for (int number = 0; number < MostPages; number++)
        {
            SecretAnswer answer = await SecretHttp.GetAsync(page, Header, Bearer(), null, cancellationToken).ConfigureAwait(false);
            if (!answer.IsWell) throw Refused("does not list its keys", answer);
            all.AddRange(_answer.ReadList(answer.Body, isPage: number > 0 || answer.Next is not null));
            if (answer.Next is null) return all;
            var next = new Uri(page, answer.Next);
            // The token goes to the server that it is for, and to no other.
            if (next.GetLeftPart(UriPartial.Authority) != page.GetLeftPart(UriPartial.Authority))
                throw Refused("sends for its next keys elsewhere", answer);
            page = next;
        }
        throw ApiKeyErrors.ApiKeyAnswerUnknown.Make($"{Words} lists keys on more than {MostPages} pages.",
            "Have it list fewer, or delete those that were revoked.", secret);
    }

    public async Task<NewKey> CreateAsync(ChangeRun run, string label, string made, CancellationToken cancellationToken)
    {
        SecretAnswer answer = await SecretHttp.ChangeAsync(run, HttpMethod.Post, Url(endpoint.Url), Header, Bearer(),
            JsonSerializer.Serialize(new Dictionary<string, string> { [endpoint.Fields.Name.Split('.')[^1]] = label }), cancellationToken)
            .ConfigureAwait(false);
        return answer.IsWell ? _answer.ReadNew(answer.Body) : throw Refused("makes no key", answer);
    }

    public async Task<IReadOnlyDictionary<string, OpsException>> RevokeAsync(ChangeRun run, IReadOnlyList<string> ids,
        CancellationToken cancellationToken)
    {
        bool any = false;
        return await KeyRevocation.EachAsync(ids, async id =>
        {
            Uri url = Url(endpoint.Revoke.Replace(IdPart, Uri.EscapeDataString(id), StringComparison.Ordinal));
            SecretAnswer answer = await SecretHttp.ChangeAsync(run, new HttpMethod(endpoint.RevokeBy), url, Header, Bearer(), "{}",
                cancellationToken).ConfigureAwait(false);
            // One that is not there any more lets nobody in. Whether that is so the list tells, and not this answer.
            if (answer.IsWell || answer.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone) any = true;
            // It was good enough a moment ago, and is no more.
            else if (any && answer.Status == HttpStatusCode.Unauthorized)
                throw ApiKeyErrors.ApiKeyRefused.Make($"{Words} answers 401 since others were revoked: the administrator's own key was "
                    + "among them", $"Give {endpoint.Token} another administrator's key, and revoke those that are left.", secret);
            else throw Refused($"does not revoke the key {id}", answer);
        }, cancellationToken).ConfigureAwait(false);
    }

    public Task RestoreAsync(ChangeRun run, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        throw ApiKeyErrors.ApiKeyUnsupported.Make($"{Words} makes no revoked key valid again.", "Make a new one: New-OpsApiKey.", secret);

    private string Bearer() => "Bearer " + endpoint.Token.Resolve();

    private Uri Url(string text) => HttpTargets.TryParse(text, out Uri? url) ? url
        : throw ApiKeyErrors.ApiKeyUnsupported.Make($"The address of the endpoint for keys of {secret} is none.",
            "Write one that begins with https://.", secret);

    private OpsException Refused(string what, SecretAnswer answer) => ApiKeyErrors.ApiKeyRefused.Make(
        $"{Words} {what}: it {(answer.IsWell ? $"answers {answer.Code}" : answer.Unproven)}.",
        answer.Code is 401 or 403 ? $"Give {endpoint.Token} what an administrator's token is." : "Correct secrets." + secret
            + ".apiKey.http, or try again when it is well.", secret);
}
