namespace OpsModule.Engine.Areas.Logs;

/// <summary>How grave an entry is, whatever its program calls that.</summary>
public enum LogLevel
{
    /// <summary>The entry does not say.</summary>
    Unknown,
    /// <summary>Every step.</summary>
    Trace,
    /// <summary>For whoever looks for a fault.</summary>
    Debug,
    /// <summary>What happens in ordinary work.</summary>
    Information,
    /// <summary>Something that should not be, and that the program can live with.</summary>
    Warning,
    /// <summary>Something failed.</summary>
    Error,
    /// <summary>The program, or a part of it, cannot go on.</summary>
    Critical,
}

/// <summary>Which stream an entry was written to.</summary>
public enum LogStream
{
    /// <summary>Standard output, or a file.</summary>
    Output,
    /// <summary>Standard error.</summary>
    Error,
}

/// <summary>What kind of line it is.</summary>
public enum LogFormat
{
    /// <summary>Text, perhaps with a time and a level before it.</summary>
    Plain,
    /// <summary>A JSON object.</summary>
    Json,
    /// <summary>Pairs of key=value.</summary>
    Logfmt,
    /// <summary>The access log of nginx or Apache, common or combined.</summary>
    Access,
    /// <summary>The error log of nginx.</summary>
    NginxError,
    /// <summary>The server log of PostgreSQL.</summary>
    Postgres,
    /// <summary>The server log of Redis.</summary>
    Redis,
    /// <summary>Syslog after RFC 3164 or RFC 5424.</summary>
    Syslog,
    /// <summary>The log of Kubernetes' own programs.</summary>
    Klog,
}
