namespace OpsModule.Engine.Areas.Attacks.Logins;

/// <summary>
/// Joins the lines that a program writes about one login: sshd and PAM write up to four. Only the first of them counts, and a line that
/// says how often something
/// happened counts so often. Of one source, in the order of its lines; for one thread at a time.
/// </summary>
internal sealed class AttemptJoiner
{
    private const int Most = 4096;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private sealed class Connection
    {
        public int Attempts;
        public bool IsOpen;
        public DateTimeOffset? Last;
    }

    private readonly Dictionary<string, Connection> _connections = new(StringComparer.Ordinal);

    /// <summary>For how many logins a line counts: 0 when another line has told of it.</summary>
    public int Count(LoginLine line, DateTimeOffset? time)
    {
        if (_connections.Count >= Most && !_connections.ContainsKey(line.Key)) _connections.Clear();
        if (!_connections.TryGetValue(line.Key, out Connection? connection) || (time - connection.Last)?.Duration() > Longest)
            _connections[line.Key] = connection = new Connection();
        connection.Last = time ?? connection.Last;
        int counted = line.Kind switch
        {
            LoginKind.Sign => connection.IsOpen ? 0 : 1,
            LoginKind.Attempt => connection.IsOpen ? line.Count - 1 : line.Count,
            LoginKind.Total => Math.Max(0, line.Count - connection.Attempts),
            _ => connection.Attempts == 0 ? 1 : 0,
        };
        if (line.Kind is LoginKind.Sign or LoginKind.Attempt) connection.IsOpen = line.Kind == LoginKind.Sign;
        connection.Attempts += counted;
        return counted;
    }
}
