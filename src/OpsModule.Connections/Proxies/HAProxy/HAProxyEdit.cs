using System.Globalization;
using System.Text.RegularExpressions;

namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>
/// Makes a user's HAProxy configuration one that can be told servers: a server-template in the service's backend in the place of its
/// servers, the state file that brings them through a reload, the stats socket and a frontend for proofs. Nothing else changes.
/// </summary>
public static partial class HAProxyEdit
{
    private const string ProofFrontend = "opsmodule";

    // Fields of a row of the state file, and the bit of one that the configuration has out of service (disabled), as slots are.
    private const int StateName = 3, StateAddress = 4, StateAdmin = 6, StatePort = 18, ByConfiguration = 4;

    // They belong to names that are looked up, which slots are not.
    private static readonly string[] OfNames = ["resolvers", "init-addr", "resolve-prefer", "resolve-net", "resolve-opts"];

    /// <summary>Changes the file.</summary>
    /// <exception cref="FormatException">Something of it is not understood, with its line.</exception>
    public static string Of(string text, string service, HAProxyOptions options, string proofPath, int slots)
    {
        ProxyNames.Service(service);
        string newline = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        List<string> lines = [.. text.Split(newline)];
        Global(lines, options);
        Backend(lines, service, slots);
        if (options.ProofSocket is { } proof && Section(lines, "frontend", ProofFrontend) is null) Proofs(lines,
            ProxyNames.FilePath(proof), ProxyNames.RequestPath(proofPath));
        return string.Join(newline, lines);
    }

    /// <summary>Where the backend of a service sends requests to; slots, which lead to nobody by themselves, are left out.</summary>
    /// <exception cref="FormatException">It has no such backend, or two.</exception>
    public static IReadOnlyList<ConfiguredServer> ServersOf(string text, string service)
    {
        List<string> lines = [.. text.Split('\n').Select(l => l.TrimEnd('\r'))];
        (int start, int end) = Section(lines, "backend", service) ?? throw new FormatException($"it has no backend {service}");
        return [.. Enumerable.Range(start + 1, end - start - 1).Select(n => Words(lines[n]) switch
        {
            ["server", _, var at, ..] => ConfiguredServer.Parse(at, $"line {n + 1}"),
            ["server-template", _, _, var at, ..] when at != HAProxySlot.Free.EndPoint => ConfiguredServer.Parse(at, $"line {n + 1}"),
            _ => null,
        }).OfType<ConfiguredServer>()];
    }

    /// <summary>A state file in which a backend's first servers are these, where no slot of it was given to anybody yet. Rows of servers
    /// that the configuration has no more, or of slots that nobody has, say nothing of the slots, and go.</summary>
    public static string State(string? text, string service, IReadOnlyList<ProxyServer> servers)
    {
        string[][] rows = [.. (text ?? "").Split('\n').Select(l => l.Split(' '))];
        bool IsOf(string[] row) => row is [not ['#', ..], var backend, _, ..] && backend == service;
        if (rows.Any(r => IsOf(r) && IsGiven(r, service))) return text!;
        if (rows.Any(IsOf)) text = string.Join('\n', rows.Where(r => !IsOf(r)).Select(r => string.Join(' ', r)));
        string head = text is { Length: > 0 } ? text.TrimEnd('\n') + "\n"
            : "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
            + "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state "
                + "bk_f_forced_id srv_f_forced_id srv_fqdn srv_port "
            + "srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n";
        // As HAProxy itself writes a server that was made ready; it goes by names, and not by the number of the backend.
        return head + string.Concat(servers.Select((server, number) => string.Create(CultureInfo.InvariantCulture,
            $"1 {ProxyNames.Service(service)} {number + 1} {service}{number + 1} {ProxyNames.Server(server).Address} 2 4 1 1 0 1 0 0 8 "
                + $"0 0 0 - {server.Port} - 0 0 - - 0\n")));
    }

    /// <summary>True of a slot (<c>api1</c>) that somebody has: one that was out of service by the configuration, and was set.</summary>
    private static bool IsGiven(string[] row, string service) => row.Length > StatePort
        && row[StateName].StartsWith(service, StringComparison.Ordinal) && row[StateName].Length > service.Length
        && row[StateName].AsSpan(service.Length).IndexOfAnyExceptInRange('0', '9') < 0
        && int.TryParse(row[StateAdmin], NumberStyles.None, CultureInfo.InvariantCulture, out int admin) && (admin & ByConfiguration) != 0
        && (row[StateAddress] != HAProxySlot.Free.Address
            || row[StatePort] != HAProxySlot.Free.Port.ToString(CultureInfo.InvariantCulture));

    private static void Global(List<string> lines, HAProxyOptions options)
    {
        (int start, int end) = Section(lines, "global", null) ?? throw new FormatException("it has no section global");
        string state = ProxyNames.FilePath(options.StateFile), socket = ProxyNames.FilePath(options.Socket);
        string[] words = [.. lines.GetRange(start, end - start).Select(l => string.Join(' ', Words(l)))];
        if (words.FirstOrDefault(w => w.StartsWith("server-state-file ", StringComparison.Ordinal)) is { } other)
        {
            if (other != "server-state-file " + state) throw new FormatException(
                $"its state file is '{other[18..]}', and the environment file says {state}");
        }
        else lines.Insert(start + 1, "    server-state-file " + state);
        string[] stats = [.. words.Where(w => w.StartsWith($"stats socket {socket}", StringComparison.Ordinal))];
        if (stats.Length == 0) lines.Insert(start + 1, $"    stats socket {socket} mode 600 level admin");
        else if (!stats[0].Contains("level admin",
            StringComparison.Ordinal)) throw new FormatException(
                $"its stats socket {socket} has no 'level admin', which setting servers needs");
    }

    private static void Backend(List<string> lines, string service, int slots)
    {
        (int start, int end) = Section(lines, "backend", service) ?? throw new FormatException($"it has no backend {service}");
        (int At, string[] Words)[] body = [.. Enumerable.Range(start + 1, end - start - 1).Select(n => (n, Words(lines[n]))).Where(l =>
            l.Item2.Length > 0)];
        (int At, string[] Words)[] servers = [.. body.Where(l => l.Words[0] is "server" or "server-template")];
        if (!body.Any(l => l.Words is ["load-server-state-from-file", "global"])) lines.Insert(start + 1,
            "    load-server-state-from-file global");
        int shift = body.Any(l => l.Words is ["load-server-state-from-file", "global"]) ? 0 : 1;
        string template = string.Create(CultureInfo.InvariantCulture,
            $"server-template {service} {slots} {HAProxySlot.Free.EndPoint} disabled");
        if (servers is [{ Words: ["server-template", var name, var count, var at, ..] }] && name == service
            && at == HAProxySlot.Free.EndPoint)
        {
            if (!int.TryParse(count.Split('-')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int known) || known < slots)
                lines[servers[0].At + shift] = "    " + string.Join(' ',
                    [.. template.Split(' '), .. servers[0].Words.Skip(4).Where(w => w != "disabled")]);
            return;
        }
        string[][] rest = [.. servers.Select(s => Options(s.Words, s.At + 1))];
        if (rest.Select(r => string.Join(' ', r)).Distinct().Count() > 1)
            throw new FormatException(
                $"line {servers[0].At + 1}: the servers of the backend {service} have different options, and slots have the same");
        string line = "    " + string.Join(' ', [template, .. rest.FirstOrDefault() ?? []]);
        foreach ((int number, _) in Enumerable.Reverse(servers)) lines.RemoveAt(number + shift);
        lines.Insert(servers.Length > 0 ? servers[0].At + shift : end + shift, line);
    }

    /// <summary>What stands behind a server's name and address, without what goes with names.</summary>
    private static string[] Options(string[] words, int line)
    {
        var kept = new List<string>();
        for (int at = words[0] == "server" ? 3 : 4; at < words.Length; at++)
        {
            if (words[at] is "backup" or "cookie" or "track" or "id" or "disabled" or "on-marked-down")
                throw new FormatException(
                    $"line {line}: '{words[at]}' makes a server unlike the others, or ends its requests when it is taken out; slots are "
                        + $"alike and end none");
            if (OfNames.Contains(words[at])) at++;
            else kept.Add(words[at]);
        }
        return [.. kept];
    }

    private static void Proofs(List<string> lines, string socket, string path)
    {
        while (lines.Count > 0 && lines[^1].Trim().Length == 0) lines.RemoveAt(lines.Count - 1);
        lines.AddRange([
            "", $"frontend {ProofFrontend}",
            "    # Only root reaches it: Update-OpsService asks here which server answers.",
            $"    bind unix@{socket} mode 600",
            "    mode http",
            "    http-request set-var(txn.opsmodule) req.hdr(X-OpsModule-Backend)",
            "    http-request del-header X-OpsModule-Backend",
            $"    http-request set-path {path}",
            "    http-response set-header X-OpsModule-Server \"%s %si:%sp\"",
            "    use_backend %[var(txn.opsmodule)]", ""]);
    }

    /// <summary>The line of a section, and the one behind its last that holds something.</summary>
    private static (int Start, int End)? Section(List<string> lines, string kind, string? name)
    {
        int start = lines.FindIndex(l => Words(l) is [var k, .. var rest] && k == kind
            && (name is null || (rest.Length > 0 && rest[0] == name)));
        if (start < 0) return null;
        if (lines.FindIndex(start + 1, l => Words(l) is [var k, .. var rest] && k == kind && name is not null && rest.Length > 0
            && rest[0] == name) is >= 0 and var twice)
            throw new FormatException($"line {twice + 1}: a second {kind} {name}");
        int end = lines.FindIndex(start + 1, l => Head().IsMatch(l));
        if (end < 0) end = lines.Count;
        while (end > start + 1 && Words(lines[end - 1]).Length == 0) end--;
        return (start, end);
    }

    private static string[] Words(string line)
    {
        int comment = line.IndexOf('#', StringComparison.Ordinal);
        return (comment < 0 ? line : line[..comment]).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"^\s*(?:global|defaults|frontend|backend|listen|peers|"
        + @"resolvers|userlist|mailers|cache|program|http-errors|ring|fcgi-app|log-forward)\b")]
    private static partial Regex Head();
}
