using System.Globalization;
using System.Net.Sockets;
using System.Text;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies.HAProxy;

/// <summary>HAProxy's runtime API over its stats socket: one command for each connection. What a command is made of has gone through
/// <see cref="ProxyNames"/>.</summary>
internal sealed class HAProxySocket(HAProxyOptions options, string description)
{
    private const int MostBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The servers of a backend; null when there is no such backend.</summary>
    public async Task<IReadOnlyList<HAProxySlot>?> SlotsAsync(string backend, CancellationToken ct)
    {
        string answer = await AskAsync($"show servers state {ProxyNames.Service(backend)}", ct).ConfigureAwait(false);
        if (answer.Contains("Can't find backend", StringComparison.Ordinal)) return null;
        // "1", "# be_id be_name ...", and a line for each server.
        string[] lines = [.. answer.Split('\n').Where(l => l.Trim().Length > 0)];
        if (lines is not ["1", ['#', ' ', .. var heading], .. var rows]) throw Unreadable(answer);
        string[] columns = heading.Split(' ');
        int At(string name) => Array.IndexOf(columns, name) is >= 0 and var at ? at : throw Unreadable(answer);
        (int name, int address, int port, int admin) = (At("srv_name"), At("srv_addr"), At("srv_port"), At("srv_admin_state"));
        return [.. rows.Select(r => r.Split(' ')).Select(r => new HAProxySlot(r[name], r[address], Number(r[port]), Number(r[admin])))];
    }

    /// <summary>The figures of a backend's servers by their names.</summary>
    public async Task<IReadOnlyDictionary<string, HAProxyFigures>> FiguresAsync(string backend, CancellationToken ct)
    {
        // 4 is servers; -1 all of them.
        string answer = await AskAsync($"show stat {ProxyNames.Service(backend)} 4 -1", ct).ConfigureAwait(false);
        string[] lines = [.. answer.Split('\n').Where(l => l.Trim().Length > 0)];
        if (lines is not [['#', ' ', .. var heading], .. var rows]) throw Unreadable(answer);
        string[] columns = heading.Split(',');
        long Read(string[] row, string column) => Array.IndexOf(columns, column) is >= 0 and var at && at < row.Length
            && long.TryParse(row[at], NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : 0;
        return rows.Select(r => r.Split(',')).ToDictionary(r => r[Array.IndexOf(columns, "svname")], r => new HAProxyFigures(
            Read(r, "scur"), Read(r, "stot"), Read(r, "hrsp_5xx"), Read(r, "econ") + Read(r, "eresp"),
            Read(r, "hrsp_1xx") + Read(r, "hrsp_2xx") + Read(r, "hrsp_3xx") + Read(r, "hrsp_4xx") + Read(r, "hrsp_5xx") + Read(r,
                "hrsp_other")),
            StringComparer.Ordinal);
    }

    /// <summary>Tells one process from the next, whose counters begin anew.</summary>
    public async Task<string> ProcessAsync(CancellationToken ct)
    {
        string answer = await AskAsync("show info", ct).ConfigureAwait(false);
        return string.Join(' ', answer.Split('\n').Where(l => l.StartsWith("Pid:", StringComparison.Ordinal)
            || l.StartsWith("Start_time_sec:", StringComparison.Ordinal)));
    }

    /// <summary>The state of all servers, as a state file holds it.</summary>
    public Task<string> StateAsync(CancellationToken ct) => AskAsync("show servers state", ct);

    /// <summary>Sets a server's address and port.</summary>
    /// <returns>What HAProxy has against it; null when nothing.</returns>
    public Task<string?> SetAddressAsync(string backend, string slot, ProxyServer server, CancellationToken ct)
    {
        ProxyServer meant = ProxyNames.Server(server);
        return TellAsync($"set server {backend}/{slot} addr {meant.Address} port {meant.Port.ToString(CultureInfo.InvariantCulture)}", ct,
            "changed from", "no need to change");
    }

    /// <summary>Puts a server in or out of service.</summary>
    /// <returns>As the other.</returns>
    public Task<string?> SetStateAsync(string backend, string slot, bool ready, CancellationToken ct) =>
        TellAsync($"set server {backend}/{slot} state {(ready ? "ready" : "maint")}", ct);

    private async Task<string?> TellAsync(string command, CancellationToken ct, params string[] fine)
    {
        string answer = (await AskAsync(command, ct).ConfigureAwait(false)).Trim();
        return answer.Length == 0 || fine.Any(f => answer.Contains(f, StringComparison.Ordinal)) ? null : answer;
    }

    private async Task<string> AskAsync(string command, CancellationToken ct)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(Patience);
        try
        {
            await using NetworkStream stream = await ProxyRoute.OfSocket(options.Socket).ConnectAsync(time.Token).ConfigureAwait(false);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\n"), time.Token).ConfigureAwait(false);
            using var all = new MemoryStream();
            byte[] buffer = new byte[32 * 1024];
            while (await stream.ReadAsync(buffer, time.Token).ConfigureAwait(false) is var read and > 0)
            {
                all.Write(buffer, 0, read);
                if (all.Length > MostBytes) throw new IOException("its answer is too long");
            }
            string answer = Encoding.UTF8.GetString(all.ToArray());
            return answer.StartsWith("Permission denied", StringComparison.Ordinal)
                ? throw ProxyErrors.Refused(description, $"its socket {options.Socket} has no level admin",
                    "Write 'level admin' behind the stats socket.") : answer;
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw ProxyErrors.Unreachable(description,
                $"its socket {options.Socket}: {(e is OperationCanceledException ? "no answer in time" : e.Message)}", e);
        }
    }

    private OpsException Unreadable(string answer) => ProxyErrors.Unreachable(description,
        $"its answer is not understood ('{answer.Trim()[..Math.Min(80, answer.Trim().Length)]}')");

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : 0;
}
