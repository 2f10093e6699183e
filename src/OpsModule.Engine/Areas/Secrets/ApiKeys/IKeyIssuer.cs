using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.ApiKeys;

/// <summary>Where keys of an API are kept: they are listed, made and revoked there.</summary>
internal interface IKeyIssuer
{
    /// <summary>What it is, in words: <c>the table api_keys of database main</c>.</summary>
    string Words { get; }

    /// <summary>What must not change before a change begins.</summary>
    string Identity { get; }

    /// <summary>True where a key that was revoked can be made valid again.</summary>
    bool Restores { get; }

    /// <summary>All keys, the revoked ones where they are listed, too. Nothing is changed.</summary>
    /// <exception cref="OpsException"><c>ApiKeyRefused</c>, <c>ApiKeyAnswerUnknown</c>, <c>ApiKeyTableDiffers</c>, and what reaching it
    /// throws.</exception>
    Task<IReadOnlyList<IssuedKey>> ListAsync(CancellationToken cancellationToken);

    /// <summary>Makes a key.</summary>
    /// <param name="run">The change.</param>
    /// <param name="label">Its name.</param>
    /// <param name="made">The key that is to be made, where keys are made here.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<NewKey> CreateAsync(ChangeRun run, string label, string made, CancellationToken cancellationToken);

    /// <summary>Revokes keys, each of them, whatever comes of the others. That one is revoked, or gone, already is no error.</summary>
    /// <param name="run">The change.</param>
    /// <param name="ids">Their ids.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Those that nothing was heard of that revokes them, by their ids, and why.</returns>
    Task<IReadOnlyDictionary<string, OpsException>> RevokeAsync(ChangeRun run, IReadOnlyList<string> ids,
        CancellationToken cancellationToken);

    /// <summary>Makes keys valid again that were revoked.</summary>
    /// <exception cref="OpsException"><c>ApiKeyUnsupported</c>.</exception>
    Task RestoreAsync(ChangeRun run, IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>The id of a key that is known by its value; null where nothing there tells.</summary>
    Task<string?> FindAsync(string value, CancellationToken cancellationToken) => Task.FromResult<string?>(null);
}
