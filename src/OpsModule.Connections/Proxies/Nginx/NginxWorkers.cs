using System.Globalization;
using System.Text.RegularExpressions;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Proxies.Nginx;

/// <summary>Looks for workers from before a reload, which send requests that they still read to where those were to go then.</summary>
internal sealed partial class NginxWorkers(NginxOptions options, INginxSeat seat)
{
    /// <summary>What a worker calls itself right before it closes what it listens at.</summary>
    private const string Leaving = "is shutting down";

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private string? _pidFile;

    /// <summary>Notes those that there are: after a reload they are old, also before they say so themselves.</summary>
    public async Task NoteAsync(CancellationToken ct)
    {
        try { _known.UnionWith(await ChildrenAsync(ct).ConfigureAwait(false) ?? []); }
        catch (OpsException) { /* then they tell themselves */ }
    }

    /// <summary>
    /// Whether each of those that were noted has heard of the reload, and takes no connection any more. True where that cannot be told.
    /// </summary>
    public async Task<bool> HaveHeardAsync(CancellationToken ct)
    {
        try
        {
            foreach (string child in (await ChildrenAsync(ct).ConfigureAwait(false) ?? []).Where(_known.Contains))
                if (await ProcAsync($"{child}/cmdline", ct).ConfigureAwait(false) is { Length: > 0 } title
                    && !title.Contains(Leaving, StringComparison.Ordinal)) return false;
        }
        catch (OpsException) { /* then nobody knows */ }
        return true;
    }

    /// <summary>What of old ones is there, in words; null when they have ended.</summary>
    public async Task<string?> OldAsync(CancellationToken ct)
    {
        try
        {
            if (await ChildrenAsync(ct).ConfigureAwait(false) is not { } children)
                return $"whether nginx has old workers cannot be told: {_pidFile} holds no number of a process";
            int old = 0;
            foreach (string child in children)
                if (await ProcAsync($"{child}/cmdline", ct).ConfigureAwait(false) is { } title
                    && (_known.Contains(child) || title.Contains(Leaving, StringComparison.Ordinal))) old++;
            return old == 0 ? null : $"{old} worker(s) of nginx from before the reload still have requests";
        }
        catch (OpsException e) { return $"whether nginx has old workers cannot be told: {e.Message}"; }
    }

    /// <summary>The workers, old and new; null where nobody knows the master.</summary>
    private async Task<string[]?> ChildrenAsync(CancellationToken ct)
    {
        _pidFile ??= await PidFileAsync(ct).ConfigureAwait(false);
        if (await seat.ReadAsync(_pidFile, ct).ConfigureAwait(false) is not { } text
            || !int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int master)) return null;
        return (await ProcAsync($"{master}/task/{master}/children", ct).ConfigureAwait(false))?.Split(' ',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>A process may have ended in between.</summary>
    private async Task<string?> ProcAsync(string file, CancellationToken ct)
    {
        try { return await seat.ReadAsync("/proc/" + file, ct).ConfigureAwait(false); }
        catch (OpsException) { return null; }
    }

    private async Task<string> PidFileAsync(CancellationToken ct)
    {
        string[] main = options.Configuration is { } file ? ["-c", file] : [];
        (_, string dump, _) = await seat.RunAsync(["nginx", .. main, "-T"], ct).ConfigureAwait(false);
        if (Pid().Match(dump) is { Success: true } written && written.Groups[1].Value.StartsWith('/')) return written.Groups[1].Value;
        (_, _, string built) = await seat.RunAsync(["nginx", "-V"], ct).ConfigureAwait(false);
        return Built().Match(built) is { Success: true } told ? told.Groups[1].Value : "/run/nginx.pid";
    }

    [GeneratedRegex(@"^\s*pid\s+([^;\s]+)\s*;", RegexOptions.Multiline)]
    private static partial Regex Pid();

    [GeneratedRegex(@"--pid-path=(\S+)")]
    private static partial Regex Built();
}
