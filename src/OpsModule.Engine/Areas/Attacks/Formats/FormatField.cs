namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>What stands at a place of a line, as the pattern of its format says.</summary>
internal enum FormatField
{
    /// <summary>Text that the server writes: no blank, up to what follows.</summary>
    Word,
    /// <summary>Anything up to what follows; a client may have written it.</summary>
    Any,
    /// <summary>The other end of the connection.</summary>
    Client,
    /// <summary>When.</summary>
    Time,
    /// <summary>Method, target and protocol.</summary>
    Request,
    /// <summary>The method.</summary>
    Method,
    /// <summary>What was asked for.</summary>
    Path,
    /// <summary>The query of what was asked for.</summary>
    Query,
    /// <summary>The answer's status.</summary>
    Status,
    /// <summary>The answer's length.</summary>
    Bytes,
    /// <summary>The program that asked.</summary>
    Agent,
    /// <summary>The page that led there.</summary>
    Referrer,
    /// <summary>For whom proxies say that they ask.</summary>
    Forwarded,
    /// <summary>The user.</summary>
    User,
    /// <summary>The host that was asked for.</summary>
    Host,
}
