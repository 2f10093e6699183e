using System.Text.Json;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;
using OpsModule.Foundations.Processes;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Areas.Attacks.Blocked;

/// <summary>Asks what blocks addresses on this machine, and changes nothing.</summary>
/// <param name="state">The state folder; null where there is no environment, and then nothing is known of earlier days.</param>
/// <param name="name">The environment's name.</param>
/// <param name="reporter">Hears what could not be asked.</param>
/// <param name="time">The clock.</param>
public sealed class BlockedAddressReader(string? state, string name, IOpsReporter reporter, TimeProvider time)
{
    private const int LongestFile = 64 * 1024 * 1024;

    private readonly List<(BlockedAddressSource Kind, string Source, IReadOnlyList<BlockedAddress> Addresses)> _found = [];

    private readonly HashSet<BlockedAddressSource> _asked = [];

    /// <summary>Asks.</summary>
    /// <param name="kinds">What to ask; null for every program that is there, and the files.</param>
    /// <param name="files">Files of nginx.</param>
    /// <param name="failed">Hears of each that cannot be asked, while the others are.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ReadAsync(IReadOnlyList<BlockedAddressSource>? kinds, IReadOnlyList<string> files, Action<OpsException> failed,
        CancellationToken cancellationToken)
    {
        await AskAsync(BlockedAddressSource.Nftables, kinds, failed, NftablesAsync, cancellationToken).ConfigureAwait(false);
        await AskAsync(BlockedAddressSource.Fail2ban, kinds, failed, Fail2banAsync, cancellationToken).ConfigureAwait(false);
        await AskAsync(BlockedAddressSource.CrowdSec, kinds, failed, CrowdSecAsync, cancellationToken).ConfigureAwait(false);
        if (kinds is not null && !kinds.Contains(BlockedAddressSource.Nginx)) return;
        if (kinds is not null && files.Count == 0) failed(NoFile());
        foreach (string file in files)
        {
            try { Nginx(file); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { failed(Unreadable(file, e)); }
        }
    }

    /// <summary>The addresses that were found.</summary>
    public IEnumerable<BlockedAddress> Addresses => _found.SelectMany(f => f.Addresses.Select(a => a with { Count = f.Addresses.Count }));

    /// <summary>How many each source has, beside the last 14 days; the numbers are remembered.</summary>
    public IReadOnlyList<BlockedAddressCount> Count()
    {
        var memory = new BlockedMemory(state, name, time.GetUtcNow());
        List<BlockedAddressCount> counts = [.. _found.Select(f => memory.Compare(f.Kind, f.Source, f.Addresses.Count,
            f.Addresses.Min(a => a.Since)))];
        // A set or a jail that is gone blocks nobody any more.
        counts.AddRange(memory.Sources.Where(s => _asked.Contains(s.Kind) && !_found.Any(f => f.Kind == s.Kind
            && f.Source == s.Source)).ToArray()
            .Select(s => memory.Compare(s.Kind, s.Source, 0, null)).Where(c => c.Finding is not null));
        if (!memory.Save()) reporter.Warning("How many addresses are blocked could not be written down in the state folder: what is unusual cannot be told of later counts.");
        return counts;
    }

    private async Task AskAsync(BlockedAddressSource kind, IReadOnlyList<BlockedAddressSource>? kinds, Action<OpsException> failed,
        Func<CancellationToken, Task> ask, CancellationToken cancellationToken)
    {
        if (kinds is not null && !kinds.Contains(kind)) return;
        try
        {
            await ask(cancellationToken).ConfigureAwait(false);
            _asked.Add(kind);
        }
        catch (OpsException e) when (e.ErrorId == "ProgramMissing"
            && kinds is null) { reporter.Verbose($"{kind} is not asked: {e.Message}"); }
        catch (OpsException e) { failed(e); }
        catch (JsonException e)
        {
            failed(new OpsException("BlockedUnread", OpsErrorCategory.InvalidData,
                $"What {kind} printed is not understood: {e.Message.TrimEnd('.')}.",
                "Look at what it prints, and update it where it is old.", inner: e));
        }
    }

    private async Task NftablesAsync(CancellationToken cancellationToken)
    {
        string json = await ProgramRunner.RunAsync(new ProgramCall("nft", "-j", "list", "ruleset"), null,
            cancellationToken).ConfigureAwait(false);
        foreach ((string source, IReadOnlyList<BlockedAddress> addresses) in BlockedText.Nftables(json,
            time.GetUtcNow())) _found.Add((BlockedAddressSource.Nftables, source, addresses));
    }

    private async Task Fail2banAsync(CancellationToken cancellationToken)
    {
        string status = await ProgramRunner.RunAsync(new ProgramCall("fail2ban-client", "status"), null,
            cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = time.GetUtcNow();
        foreach (string jail in BlockedText.Jails(status))
        {
            string text = await ProgramRunner.RunAsync(new ProgramCall("fail2ban-client", "get", jail, "banip", "--with-time"), null,
                cancellationToken).ConfigureAwait(false);
            _found.Add((BlockedAddressSource.Fail2ban, jail, BlockedText.Fail2ban(text, jail, time.LocalTimeZone.GetUtcOffset(now), now)));
        }
    }

    private async Task CrowdSecAsync(CancellationToken cancellationToken)
    {
        string json = await ProgramRunner.RunAsync(new ProgramCall("cscli", "decisions", "list", "-a", "-o", "json"), null,
            cancellationToken).ConfigureAwait(false);
        _found.Add((BlockedAddressSource.CrowdSec, "decisions", BlockedText.CrowdSec(json, time.GetUtcNow())));
    }

    private void Nginx(string file)
    {
        using var stream = new FileStream(ForeignFile.OpenRegular(file), FileAccess.Read, 0);
        if (stream.Length > LongestFile) throw new IOException("it is larger than 64 MiB");
        using var reader = new StreamReader(stream);
        _found.Add((BlockedAddressSource.Nginx, file, BlockedText.Nginx(reader.ReadToEnd(), file, File.GetLastWriteTimeUtc(file),
            time.GetUtcNow())));
    }

    private static OpsException NoFile() => new("BlockedUnread", OpsErrorCategory.InvalidArgument, "Of nginx no file was named.",
        "Name the files with deny lines: -Path /etc/nginx/conf.d/blocked.conf.");

    private static OpsException Unreadable(string file, Exception e) => new("BlockedUnread", OpsErrorCategory.ReadError,
        $"{file} cannot be read: {e.Message.TrimEnd('.')}.",
        "Check that the file is there and that this user may read it.", file, e);
}
