using System.Diagnostics.CodeAnalysis;

namespace OpsModule.Engine.Environments.Databases;

/// <summary>A connection URL as libpq takes it: <c>postgres://user:password@host:port/name?sslmode=require</c>.</summary>
internal sealed record PostgresUrl(string Host, int Port, string Database, string User, string? Password, string? SslMode, string? Authorities = null)
{
    /// <summary>Reads a URL. The reason for a refusal never contains a part of it, because any part may be the password.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PostgresUrl? url, out string problem)
    {
        url = null;
        problem = "";
        int start = text.StartsWith("postgres://", StringComparison.Ordinal) ? 11 : text.StartsWith("postgresql://", StringComparison.Ordinal) ? 13 : 0;
        if (start == 0)
        {
            problem = "it does not begin with postgres:// or postgresql://";
            return false;
        }

        string rest = text[start..];
        int question = rest.IndexOf('?');
        Dictionary<string, string> options = question < 0 ? [] : Options(rest[(question + 1)..]);
        if (question >= 0) rest = rest[..question];
        int slash = rest.IndexOf('/');
        string authority = slash < 0 ? rest : rest[..slash];
        string database = slash < 0 ? "" : Uri.UnescapeDataString(rest[(slash + 1)..]);
        // The last @ ends the user part: people put passwords with @ into URLs.
        int at = authority.LastIndexOf('@');
        string[] login = at < 0 ? [] : authority[..at].Split(':', 2);
        string host = authority[(at + 1)..];

        if (!SplitPort(ref host, options.GetValueOrDefault("port"), out int port))
            problem = "the port is no number from 1 to 65535";
        else if (host.Contains(','))
            problem = "it names several hosts; one is expected";
        string user = options.GetValueOrDefault("user") ?? (login.Length > 0 ? Uri.UnescapeDataString(login[0]) : "");
        string? password = login.Length > 1 && login[1].Length > 0 ? Uri.UnescapeDataString(login[1]) : options.GetValueOrDefault("password");
        if (problem.Length == 0 && user.Length == 0) problem = "it names no user";
        if (database.Length == 0) database = options.GetValueOrDefault("dbname") ?? user;
        if (problem.Length > 0) return false;

        host = options.GetValueOrDefault("host") ?? (host.Length == 0 ? "localhost" : Uri.UnescapeDataString(host));
        url = new PostgresUrl(host, port, database, user, password, options.GetValueOrDefault("sslmode"),
            options.GetValueOrDefault("sslrootcert") is { Length: > 0 } file && file != "system" ? file : null);
        return true;
    }

    /// <summary>Never the password.</summary>
    public override string ToString() => $"postgres://{User}@{Host}:{Port}/{Database}";

    private static bool SplitPort(ref string host, string? option, out int port)
    {
        string text = option ?? "";
        int colon = host.LastIndexOf(':');
        if (colon > host.LastIndexOf(']'))
        {
            if (text.Length == 0) text = host[(colon + 1)..];
            host = host[..colon];
        }
        host = host.Trim('[', ']');
        port = 5432;
        return text.Length == 0 || (int.TryParse(text, System.Globalization.NumberStyles.None, null, out port) && port is > 0 and <= 65535);
    }

    private static Dictionary<string, string> Options(string query)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            if (parts.Length == 2) options[Uri.UnescapeDataString(parts[0])] = Uri.UnescapeDataString(parts[1]);
        }
        return options;
    }
}
