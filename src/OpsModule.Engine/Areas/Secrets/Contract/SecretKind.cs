namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>What kind of thing a secret is.</summary>
public enum SecretKind
{
    /// <summary>The password of a PostgreSQL login, or of two that take turns.</summary>
    Postgres,

    /// <summary>The password of a Redis ACL user, or of the server.</summary>
    Redis,

    /// <summary>A value that somebody else makes and that is handed in.</summary>
    Value,

    /// <summary>A value that is made here and is known by nobody but its uses.</summary>
    Random,

    /// <summary>
    /// What tokens are signed with: it is replaced in phases, so that every token that was given out is accepted until
    /// its end.
    /// </summary>
    Jwt,

    /// <summary>A key of somebody's API, or of one's own: made and revoked where its keys are kept.</summary>
    ApiKey,
}
