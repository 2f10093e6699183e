namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>What a field of a structured line is, by its name.</summary>
internal enum FieldMeaning
{
    Other,
    Message,
    Target,
    Path,
    Query,
    Referrer,
    Agent,
    User,
    Method,
    Status,
    Bytes,
    /// <summary>The other end of the connection.</summary>
    Peer,
    /// <summary>Who the server thinks has asked.</summary>
    Client,
    /// <summary>An address that is most likely the client's.</summary>
    LooseClient,
    /// <summary>What proxies, or a client, say of who asked.</summary>
    Forwarded,
    Tenant,
    ResourceTenant,
    Time,
    Statement,
    /// <summary>Levels.</summary>
    Level,
    /// <summary>Names of loggers, ids, files: most often nothing that a client writes.</summary>
    Plain,
}
