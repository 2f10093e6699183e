using Npgsql;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Connections.Postgres.Logins;

/// <summary>Where a server has no connection left for each of several workers, those that got one do the work of all.</summary>
/// <param name="workers">How many begin.</param>
/// <param name="fewer">Told when one goes without.</param>
public sealed class ConnectionRoom(int workers, Action? fewer = null)
{
    private int _refused;

    /// <summary>True when the work goes on without the one that was refused; the last one has nobody to leave it to.</summary>
    public bool GoesOnWithout(OpsException refused)
    {
        if (!IsFull(refused) || Interlocked.Increment(ref _refused) >= workers) return false;
        fewer?.Invoke();
        return true;
    }

    /// <summary>True for the error of a server, a role or a database that takes no more connections now.</summary>
    public static bool IsFull(OpsException error) =>
        error.InnerException is PostgresException { SqlState: PostgresErrorCodes.TooManyConnections };

    /// <summary>Says once that there are fewer.</summary>
    public static Action Told(IOpsReporter reporter)
    {
        int told = 0;
        return () =>
        {
            if (Interlocked.Exchange(ref told, 1) == 0)
                reporter.Warning("The server has no free connection for each of the workers that load and compare rows; it goes on with fewer, and takes longer.");
        };
    }
}
