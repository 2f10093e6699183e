namespace OpsModule.Connections.Postgres.Passwords;

/// <summary>What came of an attempt to log in with a password.</summary>
/// <param name="Answer">What it proves.</param>
/// <param name="Words">What was seen, in a sentence without the password.</param>
/// <param name="SqlState">The server's code where it refused.</param>
public sealed record LoginOutcome(LoginAnswer Answer, string Words, string? SqlState = null);

/// <summary>What an attempt to log in proves.</summary>
public enum LoginAnswer
{
    /// <summary>The server asked for the password, and it is the right one.</summary>
    Right,

    /// <summary>The server asked for the password, and it is a wrong one (SQLSTATE 28P01).</summary>
    Wrong,

    /// <summary>The server let the login in without asking for a password (trust, peer, a certificate): it says nothing of the
    /// password.</summary>
    NotAsked,

    /// <summary>The server wants the password in clear, or something else: it was not sent.</summary>
    NotSent,

    /// <summary>Something else went wrong, such as a network that is down or a server that is full: it says nothing of the
    /// password.</summary>
    Unknown,
}
