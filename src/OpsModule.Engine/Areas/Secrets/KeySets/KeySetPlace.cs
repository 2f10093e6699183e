using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Contract.Signing;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Secrets.KeySets;

/// <summary>
/// A place of a value that is replaced in phases: a list, JSON, or a variable and the one beside it, of which each value is accepted; or
/// one that holds a single value.
/// </summary>
/// <param name="place">The place.</param>
/// <param name="previous">The variable beside it; null for none.</param>
/// <param name="accepts">
/// True where what reads it accepts each of its values; false where it is used to be accepted elsewhere: a client's key.
/// </param>
internal sealed class KeySetPlace(TextPlace place, TextPlace? previous, bool accepts) : ISecretPlace
{
    private SecretForm Form => place.Use.Form;

    public string Words => previous is null ? place.Words : $"{place.Words} and {previous.Words}";

    public IReadOnlyList<string> Services => [.. place.Services.Concat(previous?.Services ?? []).Distinct(StringComparer.Ordinal)];

    public bool IsBuilt => place.IsBuilt || previous?.IsBuilt is true;

    /// <summary>True where what reads it accepts each of its values.</summary>
    public bool Accepts => accepts;

    /// <summary>Whether a phase changes it.</summary>
    public bool IsOf(KeyPhase phase) => phase == KeyPhase.Replace || (accepts
        // Which of the keys a client uses is its own matter: the order of a list says nothing of it.
        ? phase is KeyPhase.Accept or KeyPhase.Drop || Signs : phase == KeyPhase.Sign);

    /// <summary>True of a variable and the one beside it.</summary>
    public bool IsPair => previous is not null;

    /// <summary>True where one of its values signs, and the others are only accepted.</summary>
    public bool Signs { get; init; }

    /// <summary>The value that signs; of a list of clients' keys null, unless it is the only one.</summary>
    public async Task<SecretMaterial?> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<SecretMaterial> all = await ReadAllAsync(cancellationToken).ConfigureAwait(false);
        return all.Count == 1 || (all.Count > 0 && (Signs || Form == SecretForm.Value)) ? all[0] : null;
    }

    /// <summary>All values that are accepted, the one that signs first; empty where nothing stands there.</summary>
    public async Task<IReadOnlyList<SecretMaterial>> ReadAllAsync(CancellationToken cancellationToken)
    {
        if (await place.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } read) return [];
        if (Form != SecretForm.Value) return [.. KeySetText.Read(read.Value, Form, place.Words).Select(Hidden)];
        SecretMaterial? other = previous is null ? null : await previous.ReadAsync(cancellationToken).ConfigureAwait(false);
        return other is null || other.Value == read.Value ? [read] : [read, other];
    }

    public async Task<string> IdentifyAsync(CancellationToken cancellationToken)
    {
        string own = await place.IdentifyAsync(cancellationToken).ConfigureAwait(false);
        return previous is null ? own : $"{own} {await previous.IdentifyAsync(cancellationToken).ConfigureAwait(false)}";
    }

    /// <summary>Whether a value could be written beside the one that is there.</summary>
    public async Task CheckAsync(SecretMaterial material, CancellationToken cancellationToken)
    {
        if (Form == SecretForm.Value)
        {
            await place.CheckAsync(material, cancellationToken).ConfigureAwait(false);
            if (previous is not null) await previous.CheckAsync(material, cancellationToken).ConfigureAwait(false);
            return;
        }
        IReadOnlyList<SecretMaterial> all = await ReadAllAsync(cancellationToken).ConfigureAwait(false);
        if (all.Count == 0) return;
        var move = new KeyMove(KeyPhase.Accept, all[0], material, "0000000000000000", "1111111111111111");
        await place.CheckAsync(await MovedAsync(move, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether a service's variables say that it signs with a value, or uses it, still: that it has another one, too, says nothing.
    /// </summary>
    public bool Uses(string service, IReadOnlyDictionary<string, string> variables, SecretMaterial old) => (Signs || !accepts)
        && place.Readers.Any(r => r.Service == service && r is { Variable: not null, IsWhole: true, IsBuilt: false }
            && variables.TryGetValue(r.Variable, out string? text) && First(text) == old.Value);

    private string? First(string text)
    {
        if (Form == SecretForm.Value) return text;
        try { return KeySetText.Read(text, Form, place.Words)[0]; }
        // What it is else the new instances' own look tells.
        catch (OpsException e) when (KeySetErrors.KeySetUnreadable.Is(e)) { return null; }
    }

    /// <summary>Moves it to a phase, and reads it back. To move it to where it is changes nothing.</summary>
    public async Task MoveAsync(ChangeRun run, KeyMove move, CancellationToken cancellationToken)
    {
        Mend(run);
        if (Form != SecretForm.Value)
        {
            SecretMaterial moved = await MovedAsync(move, cancellationToken).ConfigureAwait(false);
            await WriteAsync(run, place, moved, cancellationToken).ConfigureAwait(false);
            return;
        }
        // Days may lie between two phases: what somebody has written meanwhile is theirs.
        if (await place.ReadAsync(cancellationToken).ConfigureAwait(false) is not { } now
            || (now.Value != move.From.Value && now.Value != move.To.Value))
            throw KeySetErrors.KeySetUnreadable.Make($"{place.Words} holds neither the old value nor the new one. Nothing was written.",
                "Find out who wrote to it, and write the value there that counts now.", place.Words);
        (SecretMaterial own, SecretMaterial beside) = move.Phase switch
        {
            KeyPhase.Accept => (move.From, move.To),
            KeyPhase.Sign => (move.To, previous is null ? move.To : move.From),
            _ => (move.To, move.To),
        };
        // The one beside first: whoever starts between the two writes accepts what all others sign with.
        if (previous is not null) await WriteAsync(run, previous, beside, cancellationToken).ConfigureAwait(false);
        await WriteAsync(run, place, own, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Never called: it is moved, and not written as a whole.</summary>
    public Task WriteAsync(ChangeRun run, SecretMaterial material, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A place of several values is moved in phases.");

    public void Mend(ChangeRun run)
    {
        place.Mend(run);
        previous?.Mend(run);
    }

    private async Task<SecretMaterial> MovedAsync(KeyMove move, CancellationToken ct)
    {
        SecretMaterial read = await place.ReadAsync(ct).ConfigureAwait(false)
            ?? throw KeySetErrors.KeySetUnreadable.Make($"Nothing stands in {place.Words}.", "Write what counts now there.", place.Words);
        return Hidden(KeySetText.Move(read.Value, Form, move, place.Words));
    }

    private static async Task WriteAsync(ChangeRun run, TextPlace there, SecretMaterial material, CancellationToken ct)
    {
        await there.WriteAsync(run, material, ct).ConfigureAwait(false);
        if (await there.ReadAsync(ct).ConfigureAwait(false) is { } found && found.Value == material.Value) return;
        throw SecretErrors.SecretNotWritten.Make($"{there.Words} was written, and does not read back as it was written.",
            "See what else writes to it, and whether something overrides it.", there.Words);
    }

    private static SecretMaterial Hidden(string text)
    {
        HiddenWords.Add(text);
        return new SecretMaterial(text);
    }
}
