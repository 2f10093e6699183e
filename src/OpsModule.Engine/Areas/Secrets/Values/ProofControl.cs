using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>
/// Takes an accepted value for proven only where one that nobody has is refused: an address that answers 200 to everybody would accept a
/// mistyped one.
/// </summary>
/// <param name="proof">How values are asked for.</param>
internal sealed class ProofControl(IValueProof proof)
{
    // The same one as long as it is asked: Sentry's relay takes what it does not know at first, until it has learned of it.
    private SecretMaterial? _nobodys;
    private bool _isRefused;

    /// <summary>Asks for a value, and, where it is accepted, for one that must not be.</summary>
    public async Task<ValueAnswer> AskAsync(SecretMaterial material, Func<SecretMaterial, Task<ValueAnswer>> ask)
    {
        ValueAnswer answer = await ask(material).ConfigureAwait(false);
        if (answer.IsAccepted is not true || _isRefused || (_nobodys ??= proof.Nobodys(material)) is not { } nobodys) return answer;
        ValueAnswer control = await ask(nobodys).ConfigureAwait(false);
        _isRefused = control.IsAccepted is false;
        return _isRefused ? answer : new ValueAnswer(null, control.IsAccepted is true
            ? $"{answer.Words}, and so does one that nobody has, made up for this question: it accepts everything, which proves nothing"
            : $"{answer.Words}; whether one that nobody has is refused was not seen, so that it proves nothing: {control.Words}");
    }
}
