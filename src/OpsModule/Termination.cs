using System.Runtime.InteropServices;

namespace OpsModule;

/// <summary>
/// What happens at SIGTERM (a scheduler, <c>timeout</c>, <c>docker stop</c>) and SIGHUP (the terminal is gone) while cmdlets of this module run.
/// PowerShell itself ends at once then, without StopProcessing and without <c>finally</c>. Here the cmdlets are cancelled as by Ctrl+C, have
/// <see cref="Limit"/> to clean up, the script's next line does not run, and the process ends with 128 and the signal's number: 143, 129.
/// </summary>
internal static class Termination
{
    /// <summary>How long the cmdlets have; what they leave then is journaled.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    private static readonly object Gate = new();
    private static readonly HashSet<OpsCmdlet> Running = [];
    private static PosixSignalRegistration[] _registrations = [];
    private static volatile bool _isRequested;

    /// <summary>A call begins. Does not return once a signal has come.</summary>
    public static void Enter(OpsCmdlet cmdlet)
    {
        ParkIfRequested();
        lock (Gate)
        {
            Running.Add(cmdlet);
            if (_registrations.Length == 0)
                _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Begin(c, 143)), PosixSignalRegistration.Create(PosixSignal.SIGHUP, c => Begin(c, 129))];
        }
    }

    /// <summary>A call has ended. Without one the process is PowerShell's own affair again.</summary>
    public static void Leave(OpsCmdlet cmdlet)
    {
        lock (Gate)
        {
            if (!Running.Remove(cmdlet) || Running.Count > 0 || _isRequested) return;
            foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
            _registrations = [];
        }
    }

    /// <summary>Keeps the pipeline thread from going on in the script: the process ends as soon as all cmdlets have cleaned up.</summary>
    public static void ParkIfRequested()
    {
        if (_isRequested) Thread.Sleep(Timeout.Infinite);
    }

    private static void Begin(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        OpsCmdlet[] running;
        lock (Gate)
        {
            if (_isRequested) return;
            _isRequested = true;
            running = [.. Running];
        }
        // A signal's handler must come back; a thread of its own, because the pool's may all be busy.
        new Thread(() => End(running, exitCode)) { IsBackground = true, Name = "OpsModule ends" }.Start();
    }

    private static void End(OpsCmdlet[] running, int exitCode)
    {
        try { Task.WhenAll(running.Select(c => c.EndEarlyAsync())).Wait(Limit); }
        catch (AggregateException) { /* how it ended stands in the journal */ }
        Environment.Exit(exitCode);
    }
}
