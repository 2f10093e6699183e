using System.Globalization;
using System.Text;
using OpsModule.Connections.Proxies;
using OpsModule.Connections.Proxies.Caddy;
using OpsModule.Connections.Proxies.HAProxy;
using OpsModule.Connections.Proxies.Nginx;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Rollouts.Proxies;

/// <summary>The files of a proxy's configuration that a service concerns: what stands in them, and what is to stand in them.</summary>
internal sealed class ProxyFiles(OpsContext context, ProxySettings settings, string service)
{
    private const int MostBytes = 4 * 1024 * 1024;

    /// <summary>The user's own files where none are given.</summary>
    /// <exception cref="OpsException"><c>ProxyRefused</c>, <c>ProxyConfigurationUnclear</c>.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken)
    {
        if (settings.Kind != ProxyKind.Nginx) return settings.Configuration is { } file ? [file]
            : throw Unclear($"the environment file does not say where the configuration of {settings.Name} is",
            $"Give it with -Path, or write it under proxies: {settings.Name}: {{ {settings.Kind.ToString().ToLowerInvariant()}: {{ "
                + $"configuration: ... }} }}.");
        if (settings.Service is not null) throw Unclear(
            $"{settings.Name} runs in a container, and where its files lie on this machine is not known",
                "Name the file that holds proxy_pass with -Path.");
        INginxSeat seat = await ProxyFactory.SeatAsync(context, settings, cancellationToken).ConfigureAwait(false);
        (int code, string dump, string errors) = await seat.RunAsync(["nginx", .. Main, "-T"], cancellationToken).ConfigureAwait(false);
        if (code != 0) throw ProxyErrors.ProxyRefused.Make(
            $"nginx refuses its configuration as it is: {NginxDump.Reason(errors)}. Nothing was changed.", "Mend it first.", settings.Name);
        string ours = ProxyFactory.Options(settings).FileOf(service);
        IReadOnlyDictionary<string, string> files = NginxDump.Parse(dump).Files;
        // The main file first: our folder is included there.
        string[] named = [.. files.Where(f => f.Key != ours && NginxDump.NamesHost(f.Value, service)).Select(f => f.Key)];
        return named.Length == 0 ? throw Unclear($"no proxy_pass of nginx's configuration leads to {service}",
            $"Write 'proxy_pass http://{service};' into its location, or name the file with -Path.")
            : [.. files.Keys.Take(1), .. named.Except(files.Keys.Take(1))];
    }

    /// <summary>Each file as it is and as it is to be; those that stay as they are among them.</summary>
    /// <exception cref="OpsException"><c>ProxyConfigurationUnclear</c>.</exception>
    public async Task<IReadOnlyList<ProxyFile>> ReadAsync(IReadOnlyList<string> files, IReadOnlyList<ProxyServer> servers, int slots,
        CancellationToken cancellationToken) => settings.Kind switch
    {
        ProxyKind.Nginx => await NginxAsync(files, servers, cancellationToken).ConfigureAwait(false),
        ProxyKind.HAProxy => HAProxy(files, servers, slots),
        _ => Caddy(files, servers),
    };

    /// <summary>Where the files send the service's requests to as they are, by lines that name a port; none where they are ours
    /// already.</summary>
    /// <exception cref="OpsException"><c>ProxyConfigurationUnclear</c>.</exception>
    public IReadOnlyList<ConfiguredServer> FindServers(IReadOnlyList<string> files)
    {
        if (settings.Kind == ProxyKind.Nginx)
            return [.. files.SelectMany(f => Edit(f, ReadHere(f), ProxyFactory.Options(settings), false).Servers.Select(s =>
                s with { Place = $"{f}, {s.Place}" }))];
        string path = One(files), text = ReadHere(path);
        try { return settings.Kind == ProxyKind.HAProxy ? HAProxyEdit.ServersOf(text, service) : CaddyEdit.ServersOf(text, service); }
        catch (FormatException e) { throw Unclear($"{path}: {e.Message}", "Change that by hand, then run the command again."); }
    }

    /// <summary>Writes one.</summary>
    public async Task WriteAsync(ProxyFile file, string? text, CancellationToken cancellationToken)
    {
        if (file.IsThere)
        {
            INginxSeat seat = await ProxyFactory.SeatAsync(context, settings, cancellationToken).ConfigureAwait(false);
            await (text is null ? seat.RemoveAsync(file.Path, cancellationToken) : seat.WriteAsync(file.Path, text,
                cancellationToken)).ConfigureAwait(false);
            return;
        }
        try
        {
            if (text is null) File.Delete(file.Path);
            else AtomicFile.Write(file.Path, Encoding.UTF8.GetBytes(text), File.Exists(file.Path) && !OperatingSystem.IsWindows()
                ? File.GetUnixFileMode(file.Path) : AtomicFile.Shared);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ProxyErrors.ProxyRefused.Make($"{file.Path} cannot be written: {e.Message.TrimEnd('.')}.",
                "Run as a user who may change the proxy's configuration, root as a rule.", file.Path, e);
        }
    }

    /// <summary>What the proxy itself has against its configuration as it stands; null when nothing, or when it cannot be asked
    /// here.</summary>
    public async Task<string?> TestAsync(IReadOnlyList<ProxyFile> files, CancellationToken cancellationToken)
    {
        string[] command = settings.Kind switch
        {
            ProxyKind.Nginx => ["nginx", .. Main, "-t"],
            ProxyKind.HAProxy => ["haproxy", "-c", "-f", files[0].Path],
            _ => ["caddy", "validate", "--config", files[0].Path],
        };
        if (settings.Kind != ProxyKind.Nginx && settings.Service is not null) return null;
        INginxSeat seat = settings.Kind == ProxyKind.Nginx ? await ProxyFactory.SeatAsync(context, settings,
            cancellationToken).ConfigureAwait(false) : new HostSeat();
        (int code, string output, string errors) = await seat.RunAsync(command, cancellationToken).ConfigureAwait(false);
        return code == 0 ? null : NginxDump.Reason(errors.Length > 0 ? errors : output);
    }

    private string[] Main => settings.Configuration is { } main ? ["-c", main] : [];

    private async Task<IReadOnlyList<ProxyFile>> NginxAsync(IReadOnlyList<string> files, IReadOnlyList<ProxyServer> servers,
        CancellationToken ct)
    {
        NginxOptions options = ProxyFactory.Options(settings);
        string[] texts = [.. files.Select(ReadHere)];
        int passes = 0;
        // Included once, wherever that is; else in the first that has room for it.
        bool included = texts.Any(t => Edit(files[Array.IndexOf(texts, t)], t, options, false).Includes);
        var edits = new List<ProxyFile>();
        foreach ((string path, string text) in files.Zip(texts))
        {
            NginxEdit edit = Edit(path, text, options, !included && edits.Count == 0);
            passes += edit.Passes;
            edits.Add(new ProxyFile(path, text, edit.Text));
        }
        if (passes == 0) throw Unclear($"no proxy_pass of {string.Join(", ", files)} leads to {service}",
            $"Write 'proxy_pass http://{service};' into its location, or name another file.");
        INginxSeat seat = await ProxyFactory.SeatAsync(context, settings, ct).ConfigureAwait(false);
        string ours = options.FileOf(service);
        string? before = await seat.ReadAsync(ours, ct).ConfigureAwait(false);
        UpstreamFile file;
        try { file = before is null ? new UpstreamFile { Service = service } : UpstreamFile.Parse(service, before); }
        catch (FormatException e) { throw Unclear($"{ours} is not as OpsModule has written it: {e.Message}",
            "Move it away, then run the command again."); }
        // Servers that are in it already are Update-OpsService's.
        if (before is null) file = file with { Servers = [.. servers.Select(s => (s, DateTimeOffset.UnixEpoch))] };
        return [new ProxyFile(ours, before, file.Text(options)) { IsThere = true }, .. edits];
    }

    private NginxEdit Edit(string path, string text, NginxOptions options, bool include)
    {
        try { return NginxEdit.Of(text, service, options, include); }
        catch (FormatException e) { throw Unclear($"{path}: {e.Message}", "Change that by hand, then run the command again."); }
    }

    private IReadOnlyList<ProxyFile> HAProxy(IReadOnlyList<string> files, IReadOnlyList<ProxyServer> servers, int slots)
    {
        string path = One(files), text = ReadHere(path);
        var options = new HAProxyOptions(settings.Name, settings.Control!, settings.State!) { ProofSocket = settings.Proof };
        if (servers.Count > slots) throw Unclear($"{service} has {servers.Count} instances, and -Slots is {slots}", "Give more.");
        try
        {
            var file = new ProxyFile(path, text, HAProxyEdit.Of(text, service, options, settings.Path, slots));
            // After the reload that takes this up, the slots must not be empty.
            string? state = File.Exists(options.StateFile) ? ReadHere(options.StateFile) : null;
            return [file, new ProxyFile(options.StateFile, state, HAProxyEdit.State(state, service, servers))];
        }
        catch (FormatException e) { throw Unclear($"{path}: {e.Message}", "Change that by hand, then run the command again."); }
    }

    private IReadOnlyList<ProxyFile> Caddy(IReadOnlyList<string> files, IReadOnlyList<ProxyServer> servers)
    {
        string path = One(files), text = ReadHere(path);
        var options = new CaddyOptions(settings.Name, ProxyRoute.OfSocket("/")) { Proof = settings.Proof is { } proof
            ? ProxyFactory.RouteOf(proof) : null };
        try { return [new ProxyFile(path, text, CaddyEdit.Of(text, service, options, settings.Path,
            servers)) { Normal = CaddyEdit.Normal(text) }]; }
        catch (FormatException e) { throw Unclear($"{path}: {e.Message}", "Change that by hand, then run the command again."); }
    }

    private string One(IReadOnlyList<string> files) => files is [var one] ? one
        : throw Unclear($"{files.Count} files were given, and {settings.Kind} has one", "Give the one with -Path.");

    private string ReadHere(string path)
    {
        string? wrong = null;
        return TextFile.Read(path, MostBytes, fault => wrong = fault.Message) ?? throw Unclear(wrong ?? $"{path} cannot be read",
            "Name an existing file with -Path.");
    }

    private OpsException Unclear(string what, string action) => ProxyErrors.ProxyConfigurationUnclear.Make(
        string.Create(CultureInfo.InvariantCulture, $"{char.ToUpperInvariant(what[0])}{what[1..].TrimEnd('.')}. Nothing was changed."),
            action, settings.Name);
}
