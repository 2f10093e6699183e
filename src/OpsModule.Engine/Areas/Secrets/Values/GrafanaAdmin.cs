using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>A user's password of Grafana, by its API: the user sets it himself, with the one of now.</summary>
internal sealed class GrafanaAdmin : IValueProof
{
    private const string Header = "Authorization";

    private readonly Uri _base;
    private readonly string _secret, _user, _nobody = "nobody-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(6)).ToLowerInvariant();

    /// <summary>Takes the address and the user as ops.yaml has them.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>SecretProofIncomplete</c>.</exception>
    public GrafanaAdmin(string secret, ValueProof proof)
    {
        if (!HttpTargets.TryParse(proof.Url ?? "", out Uri? url) || url.UserInfo.Length > 0 || url.Query.Length > 0)
            throw ValueSecretErrors.SecretProofIncomplete.Make($"The proof grafana of the secret {secret} needs the "
                + "address of Grafana, without a login and a query.",
                "Write value: { proof: grafana, url: \"http://127.0.0.1:3000\" }.", secret);
        (_secret, _base, _user) = (secret, new Uri(url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"), proof.User ?? "admin");
    }

    public string DroppedByHand => "";

    /// <summary>Who the user is.</summary>
    public string Words => $"the user {_user} of Grafana at {_base.Host}";

    public IReadOnlyList<string> Warnings =>
    [
        "GF_SECURITY_ADMIN_PASSWORD counts only when Grafana makes its database: here the API sets the password, and the variable is "
            + "written so that both agree.",
        "Sessions in browsers go on until they end by themselves.",
        "After five wrong logins in five minutes Grafana refuses the right password, too: the old one is tried once.",
    ];

    public void Check(SecretMaterial material)
    {
        if (material.Value.Length < 4) throw ValueSecretErrors.SecretValueInvalid.Make("Grafana takes no password of fewer than 4 "
            + "characters.", "Hand in a longer one.");
    }

    public string? HostOf(SecretMaterial material) => _base.Host;

    /// <summary>The new password takes the old one's place.</summary>
    public SecretSurvey Look(SecretMaterial? current) => current is null
        ? throw ValueSecretErrors.SecretValueUnknown.Make($"The present value of the secret {_secret} is not known, and with it the new "
            + "one is set.", "Name a place where it stands under 'uses:'.", _secret)
        : new SecretSurvey
        {
            Identities = [], Overlaps = false, SetWords = $"Set the password of {Words} by its API.",
            Gap = "Who logs in to Grafana with the old password after the new one is set is refused.",
        };

    /// <summary>A user that is not there: Grafana counts wrong logins by user, and locks one out that has too many.</summary>
    public SecretMaterial? Nobodys(SecretMaterial like) => new(NobodysValue.Like(like.Value), _nobody);

    public async Task<ValueAnswer> AskAsync(SecretMaterial material, Func<string, int, CancellationToken, Task<Socket>>? way,
        CancellationToken cancellationToken)
    {
        SecretAnswer answer = await SecretHttp.GetAsync(new Uri(_base, "api/org"), Header, Basic(material), way,
            cancellationToken).ConfigureAwait(false);
        return answer.Status switch
        {
            HttpStatusCode.OK => new ValueAnswer(true, $"{_base.Host} let {_user} in"),
            HttpStatusCode.Unauthorized => new ValueAnswer(false, $"{_base.Host} refuses the login of {_user} (401)"),
            _ => new ValueAnswer(null, $"{_base.Host} {answer.Unproven}"),
        };
    }

    /// <summary>Sets a password. What a run that was killed has set is not set again.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>SecretServerRefused</c>, <c>SecretValueUnknown</c>.</exception>
    public async Task SetAsync(ChangeRun run, SecretMaterial? current, SecretMaterial pending, CancellationToken cancellationToken)
    {
        // After a kill the present one may be the old one already, and refused.
        if (current is null || await IsAcceptedAsync(current, cancellationToken).ConfigureAwait(false) is false)
        {
            if (await IsAcceptedAsync(pending, cancellationToken).ConfigureAwait(false)) return;
            throw ValueSecretErrors.SecretValueUnknown.Make($"{Words} logs in neither with the present password nor with the new one.",
                "Set a password there (grafana cli admin reset-admin-password), write it into the secret's place, and begin anew.", _user);
        }
        string json = JsonSerializer.Serialize(new Dictionary<string, string> { ["oldPassword"] = current.Value,
            ["newPassword"] = pending.Value, ["confirmNew"] = pending.Value });
        SecretAnswer answer = await SecretHttp.ChangeAsync(run, HttpMethod.Put, new Uri(_base, "api/user/password"), Header,
            Basic(current), json, cancellationToken).ConfigureAwait(false);
        if (!answer.IsWell)
            throw ValueSecretErrors.SecretServerRefused.Make($"{_base.Host} does not set the password of {_user}: it {answer.Unproven}.",
                "Is the user Grafana's own (not of LDAP or a proxy), and does the password keep its policy?", _user);
    }

    /// <summary>Whether a password logs in. Where the server says neither, as when it is asked too often, it is not taken for wrong.</summary>
    private async Task<bool> IsAcceptedAsync(SecretMaterial material, CancellationToken ct)
    {
        ValueAnswer answer = await AskAsync(material, null, ct).ConfigureAwait(false);
        return answer.IsAccepted ?? throw ValueSecretErrors.SecretServerUnreachable.Make(
            $"Which password of {Words} counts cannot be told: {answer.Words}.",
            "Wait until it answers as it should, then go on with the change (Resume-OpsChange).", _user);
    }

    private string Basic(SecretMaterial material) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(
        $"{(material.Login == _nobody ? _nobody : _user)}:{material.Value}"));
}
