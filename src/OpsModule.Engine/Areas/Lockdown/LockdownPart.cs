namespace OpsModule.Engine.Areas.Lockdown;

/// <summary>What a lockdown is made of, in its order.</summary>
public enum LockdownPart
{
    /// <summary>Logs, sessions, the journal and matches of attacks are kept, encrypted.</summary>
    Evidence,
    /// <summary>All API keys are revoked.</summary>
    Keys,
    /// <summary>The secrets that sessions are made with are rotated.</summary>
    Secrets,
    /// <summary>Sessions are ended.</summary>
    Sessions,
    /// <summary>Keys are issued for those who cannot be without one.</summary>
    EmergencyKeys,
    /// <summary>People are told.</summary>
    Alert,
}
