using System.Net.Sockets;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>Asks a declared URL with a declared header that carries the value.</summary>
internal sealed class HeaderProof : IValueProof
{
    private const string Place = "{value}";

    private readonly Uri _url;
    private readonly string _header, _template;

    /// <summary>Takes both as ops.yaml has them.</summary>
    /// <exception cref="Foundations.Errors.OpsException"><c>SecretProofIncomplete</c>.</exception>
    public HeaderProof(string secret, ValueProof proof)
    {
        int colon = proof.Header?.IndexOf(':') ?? -1;
        if (colon < 1 || !HttpTargets.TryParse(proof.Url ?? "", out Uri? url) || !proof.Header!.Contains(Place, StringComparison.Ordinal))
            throw ValueSecretErrors.SecretProofIncomplete.Make($"The proof http of the secret {secret} needs a URL and a header that "
                + $"carries the value.",
                "Write value: { proof: http, url: \"https://api.example.net/me\", header: \"Authorization: Bearer {value}\" }.", secret);
        (_url, _header, _template) = (url, proof.Header[..colon].Trim(), proof.Header[(colon + 1)..].Trim());
    }

    public string DroppedByHand => $"Make the old value invalid where it was made; {_url.Host} then has to refuse it.";

    public IReadOnlyList<string> Warnings => [];

    public void Check(SecretMaterial material)
    {
        if (material.Value.Any(c => c is < ' ' or > '~'))
            throw ValueSecretErrors.SecretValueInvalid.Make($"The value holds characters that the header {_header} cannot carry.",
                "Hand in the value as it was made, without a line break.");
    }

    public string? HostOf(SecretMaterial material) => _url.Host;

    public SecretMaterial? Nobodys(SecretMaterial like) => new(NobodysValue.Like(like.Value));

    public async Task<ValueAnswer> AskAsync(SecretMaterial material, Func<string, int, CancellationToken, Task<Socket>>? way,
        CancellationToken cancellationToken)
    {
        SecretAnswer answer = await SecretHttp.GetAsync(_url, _header,
            _template.Replace(Place, material.Value, StringComparison.Ordinal), way, cancellationToken).ConfigureAwait(false);
        return answer.Code switch
        {
            >= 200 and < 300 => new ValueAnswer(true, $"{_url.Host} accepts it ({answer.Code})"),
            401 or 403 => new ValueAnswer(false, $"{_url.Host} refuses it ({answer.Code})"),
            _ => new ValueAnswer(null, $"{_url.Host} {answer.Unproven}"),
        };
    }
}
