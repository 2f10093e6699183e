using System.Globalization;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Host;

/// <summary>Reads the journal through <c>journalctl</c>.</summary>
public static class SystemdJournal
{
    /// <summary>Reads the entries that match, in the order in which they were written; goes on with what comes when asked.</summary>
    /// <param name="matches">Such as <c>_SYSTEMD_UNIT=api.service</c>; the same field twice means one or the other.</param>
    /// <param name="fields">What is read of each, beside its time.</param>
    /// <param name="request">Which entries.</param>
    /// <param name="take">Takes each entry, which is reused after it returns.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="OpsException"><c>SystemdMissing</c>, <c>JournalDenied</c>, <c>JournalUnreadable</c>.</exception>
    public static async Task ReadAsync(IReadOnlyList<string> matches, string fields, LogRequest request, Func<SystemdEntry, ValueTask> take, CancellationToken ct)
    {
        string? denied = null;
        // With an end, journalctl would count the last entries of the journal; whoever asks for both counts himself.
        int? last = request.Until is null ? request.Tail : null;
        List<string> arguments = ["--no-pager", "--output=export", "--output-fields=" + fields, "--lines=" + (last?.ToString(CultureInfo.InvariantCulture) ?? "all")];
        if (request.Follow) arguments.Add("--follow");
        if (request.Since is { } since) arguments.Add("--since=" + Moment(since));
        if (request.Until is { } until) arguments.Add("--until=" + Moment(until));
        var call = new ProgramCall("journalctl", [.. arguments, .. matches])
        {
            Environment = Systemd.Plain,
            OnErrorLine = line => { if (line.Contains("insufficient permissions", StringComparison.Ordinal) || line.Contains("not seeing messages", StringComparison.Ordinal)) denied = line; },
        };
        try
        {
            await using RunningProgram program = ProgramRunner.Start(call);
            // A read of a pipe does not always notice that nobody wants it any more; the end of the program always ends it.
            await using CancellationTokenRegistration stop = ct.Register(program.Kill);
            program.Input.Close();
            await new SystemdEntries(take).ReadAsync(program.Output, ct).ConfigureAwait(false);
            await program.WaitAsync(ct).ConfigureAwait(false);
        }
        catch (IOException) when (ct.IsCancellationRequested) { /* told below */ }
        catch (OpsException e) when (e.ErrorId is "ProgramMissing" or "ProgramFailed")
        {
            ct.ThrowIfCancellationRequested();
            if (e.ErrorId == "ProgramMissing") throw Systemd.Explain(e, null);
            if (denied is null) throw new OpsException("JournalUnreadable", OpsErrorCategory.ReadError, $"The journal cannot be read: {e.Message.TrimEnd('.')}.", "Mend what journalctl reports, then run the command again.", null, e);
        }
        ct.ThrowIfCancellationRequested();
        if (denied is not null)
            throw new OpsException("JournalDenied", OpsErrorCategory.PermissionDenied, $"{Environment.UserName} may not read the journal of the system.",
                "Add the user to the group systemd-journal (and log in anew), or run the command as one who may.");
    }

    /// <summary>Seconds since 1970, which need no time zone.</summary>
    private static string Moment(DateTimeOffset time)
    {
        long micro = Math.Max(0, (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
        return string.Create(CultureInfo.InvariantCulture, $"@{micro / 1_000_000}.{micro % 1_000_000:D6}");
    }
}
