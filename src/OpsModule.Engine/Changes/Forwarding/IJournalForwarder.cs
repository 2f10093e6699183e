namespace OpsModule.Engine.Changes.Forwarding;

/// <summary>Sends changes that have ended out of this machine.</summary>
public interface IJournalForwarder
{
    /// <summary>Sends what is to be sent; it never fails, but says what it could not do, and keeps that for the next time.</summary>
    /// <param name="change">The change that has ended just now.</param>
    /// <param name="hurried">True when somebody wants the run to stop.</param>
    Task SendAsync(string change, bool hurried);
}
