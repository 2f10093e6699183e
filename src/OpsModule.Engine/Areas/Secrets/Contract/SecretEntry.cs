using OpsModule.Engine.Areas.Secrets.Contract.ApiKeys;
using OpsModule.Engine.Areas.Secrets.Contract.Signing;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>One entry of <c>secrets:</c>.</summary>
internal sealed record SecretEntry
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is.</summary>
    public required SecretKind Kind { get; init; }

    /// <summary>PostgreSQL: a name of <c>databases</c>.</summary>
    public string? Database { get; init; }

    /// <summary>Redis: a name of <c>caches</c>.</summary>
    public string? Cache { get; init; }

    /// <summary>PostgreSQL: the logins that take turns, or the one. Redis: the ACL user alone; empty for <c>requirepass</c>.</summary>
    public IReadOnlyList<string> Logins { get; init; } = [];

    /// <summary>PostgreSQL: the NOLOGIN role that owns what both logins make.</summary>
    public string? Owner { get; init; }

    /// <summary>PostgreSQL: files of PgBouncer (userlist.txt) that hold the same verifier, and how it is told.</summary>
    public PgBouncerUse? PgBouncer { get; init; }

    /// <summary>Value: how it is proven.</summary>
    public ValueProof? Proof { get; init; }

    /// <summary>Value of Sentry: where its keys are made and disabled; null when a value is handed in.</summary>
    public SentryAdmin? Sentry { get; init; }

    /// <summary>Jwt: how long what was signed is valid.</summary>
    public TokenLife? Tokens { get; init; }

    /// <summary>ApiKey: where keys are kept.</summary>
    public ApiKeySettings? ApiKey { get; init; }

    /// <summary>
    /// True when it is replaced in phases: what accepts it has to know the new value before anybody uses it, and forgets the old one last.
    /// </summary>
    public bool IsPhased => Kind == SecretKind.Jwt || ApiKey is { IsList: true };

    /// <summary>True where each place that accepts it can hold two values at once.</summary>
    public bool HoldsTwo => Kind == SecretKind.Jwt ? Uses.All(u => u.IsPrevious || u.Previous is not null || u.Form != SecretForm.Value)
        : Uses.Any(u => u.Form != SecretForm.Value);

    /// <summary>True when a new value is made by somebody else, and has to be handed in: neither here nor by an API that is known.</summary>
    public bool IsMadeElsewhere => Kind == SecretKind.Value && Sentry is null && Proof is not { Kind: "grafana" };

    /// <summary>The new value's length in characters.</summary>
    public int Length { get; init; } = 32;

    /// <summary>The characters that a new value is made of.</summary>
    public string Alphabet { get; init; } = SecretAlphabets.LettersAndDigits;

    /// <summary>Where its value stands.</summary>
    public IReadOnlyList<SecretUse> Uses { get; init; } = [];

    /// <summary>How often it is to be rotated; null for never by itself.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>How long the old one stays valid after the new one is in use; null for no longer than sessions last.</summary>
    public TimeSpan? Overlap { get; init; }
}
