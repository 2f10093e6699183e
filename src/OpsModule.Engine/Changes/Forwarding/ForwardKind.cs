namespace OpsModule.Engine.Changes.Forwarding;

/// <summary>Where ended changes are sent.</summary>
public enum ForwardKind
{
    /// <summary>An object of its own in a store, which is never overwritten.</summary>
    Store,
    /// <summary>A message of RFC 5424 over UDP.</summary>
    SyslogUdp,
    /// <summary>The same over TCP.</summary>
    SyslogTcp,
    /// <summary>The same to the syslog of this machine.</summary>
    SyslogLocal,
    /// <summary>A POST of JSON.</summary>
    Webhook,
}
