using System.Globalization;
using System.Text;
using OpsModule.Connections.Proxies;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Rollouts.Proxies.Changing;

/// <summary>Writes what a proxy needs into its configuration, lets the proxy test it, and puts it back when that refuses it.</summary>
internal sealed class ConfigureProxy : ChangeKind
{
    public const string KindName = "proxy.configure";

    /// <summary>What the arguments are called.</summary>
    public const string Proxy = "proxy", Service = "service", Files = "files", Servers = "servers", Slots = "slots";

    /// <summary>What its steps note: the folder with the files from before, and the fingerprints of what was written in their
    /// place.</summary>
    private const string Kept = "kept", Written = "written";

    private const string Absent = ".absent", PutBack = "put-back";

    public override string Name => KindName;

    /// <summary>Files that could not be put back stay, and may be taken back though the change has failed.</summary>
    public override bool UndoesFailed => true;

    public static string TargetOf(string proxy, string service) => $"proxy/{proxy}/service/{service}";

    public override string TargetOf(ChangePlan plan) => TargetOf(plan.Arguments[Proxy], ProxyNames.Service(plan.Arguments[Service]));

    public static IReadOnlyList<PlanIdentity> Identities(IReadOnlyList<ProxyFile> files) =>
        [.. files.Select(f => new PlanIdentity(f.Path, f.Sha256))];

    public override async Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        Identities(await FilesAsync(context, plan, cancellationToken).ConfigureAwait(false));

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        // A run that is gone on with finds some written: their text is what it is to be already.
        IReadOnlyList<ProxyFile> files = await FilesAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        ProxyFiles writer = Writer(run.Context, run.Plan);
        ProxySettings settings = ProxyFactory.Find(run.Context, run.Plan.Arguments[Proxy]);
        if (run.HasBegun(PutBack))
        {
            await run.StepAsync(PutBack, () => BackAsync(run, files, run.Data[Kept])).ConfigureAwait(false);
            throw Refused(run, "it was refused, or stopped, in the run before this one");
        }
        string folder = Path.Combine(run.Context.Environment.StateDirectory, "proxies", run.Id);
        await run.StepAsync("keep", () => { Keep(folder, files); return Task.CompletedTask; }, new Dictionary<string, string>
        {
            [Kept] = folder, [Written] = string.Join('\n', files.Select(f => ProxyFile.Fingerprint(f.After))),
        }).ConfigureAwait(false);
        try
        {
            await run.StepAsync("write", async () =>
            {
                foreach (ProxyFile file in files.Where(f => f.Changes)) await writer.WriteAsync(file, file.After,
                    cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
            await run.StepAsync("test", async () =>
            {
                if (await writer.TestAsync([.. files.Where(f => !f.IsThere)],
                    cancellationToken).ConfigureAwait(false) is { } words) throw Refused(run, words);
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OpsException or OperationCanceledException)
        {
            await run.StepAsync(PutBack, () => BackAsync(run, files, run.Data[Kept])).ConfigureAwait(false);
            throw;
        }
        var made = new ProxyConfiguration
        {
            Environment = run.Context.Environment.Name, Proxy = settings.Name, Service = run.Plan.Arguments[Service],
            Files = [.. files.Select(f => f.Path)], Servers = run.Plan.Arguments[Servers].Split('\n',
                StringSplitOptions.RemoveEmptyEntries), Next = Next(settings),
        };
        return new ChangeResult($"{settings} can be told the servers of {made.Service}. {made.Next}", made);
    }

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        if (run.Data.GetValueOrDefault(Kept) is not { } folder
            || !run.HasBegun("write")) return new ChangeResult("No file had been written");
        IReadOnlyList<ProxyFile> files = await FilesAsync(run.Context, run.Plan, cancellationToken).ConfigureAwait(false);
        string[] written = run.Data[Written].Split('\n');
        foreach ((ProxyFile file, int number) in files.Select((f, n) => (f, n)))
        {
            string? old = Old(folder, number);
            if (file.Before != old && file.Sha256 != written[number]) throw ProxyErrors.ProxyRefused.Make(
                $"{file.Path} has been changed since it was written: it is neither as it was nor as it became. Nothing was put back.",
                $"Put it right by hand; as it was it lies in {folder}.", file.Path);
        }
        await run.StepAsync(PutBack, () => BackAsync(run, files, folder)).ConfigureAwait(false);
        return new ChangeResult(
            $"The files of {run.Plan.Arguments[Proxy]} are as they were. "
                + $"{Next(ProxyFactory.Find(run.Context, run.Plan.Arguments[Proxy]))}");
    }

    private static OpsException Refused(ChangeRun run, string words) => ProxyErrors.ProxyRefused.Make(
        $"{run.Plan.Arguments[Proxy]} refuses its configuration with what was written: {words.TrimEnd('.')}. The files were put back.",
        "Mend what it reports (it may have been there before), then run the command again.", run.Plan.Arguments[Proxy]);

    private static async Task BackAsync(ChangeRun run, IReadOnlyList<ProxyFile> files, string folder)
    {
        ProxyFiles writer = Writer(run.Context, run.Plan);
        foreach ((ProxyFile file, int number) in files.Select((f, n) => (f, n)))
            if (Old(folder, number) is var old && old != file.After) await writer.WriteAsync(file, old,
                CancellationToken.None).ConfigureAwait(false);
    }

    private static Task<IReadOnlyList<ProxyFile>> FilesAsync(OpsContext context, ChangePlan plan, CancellationToken ct) =>
        Writer(context, plan).ReadAsync(
        plan.Arguments[Files].Split('\n', StringSplitOptions.RemoveEmptyEntries),
        [.. plan.Arguments[Servers].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(s => ProxyNames.Parse(s)
            ?? throw new FormatException($"'{s}' is no server."))],
        int.Parse(plan.Arguments[Slots], NumberStyles.None, CultureInfo.InvariantCulture), ct);

    private static ProxyFiles Writer(OpsContext context, ChangePlan plan) =>
        new(context, ProxyFactory.Find(context, plan.Arguments[Proxy]), ProxyNames.Service(plan.Arguments[Service]));

    /// <summary>Readable for their owner only: configuration holds secrets now and then.</summary>
    private static void Keep(string folder, IReadOnlyList<ProxyFile> files)
    {
        PrivateFile.CreateFolder(folder);
        foreach ((ProxyFile file, int number) in files.Select((f, n) => (f, n)))
            AtomicFile.Write(Place(folder, number) + (file.Before is null ? Absent : ""), Encoding.UTF8.GetBytes(file.Before ?? ""));
    }

    private static string? Old(string folder, int number)
    {
        if (File.Exists(Place(folder, number) + Absent)) return null;
        try { return File.ReadAllText(Place(folder, number)); }
        catch (IOException e)
        {
            throw ProxyErrors.ProxyRefused.Make($"What was there before is not in {folder} any more ({e.Message.TrimEnd('.')}).",
                "Put the files right by hand.", folder, e);
        }
    }

    private static string Place(string folder, int number) => Path.Combine(folder, number.ToString(CultureInfo.InvariantCulture));

    private static string Next(ProxySettings settings) => settings.Kind switch
    {
        ProxyKind.Nginx => settings.Service is null ? "Reload it: nginx -s reload."
            : $"Reload it: Invoke-OpsServiceCommand {settings.Service} nginx -s reload (a file that is mounted by itself "
            + "is seen only after the container was made anew).",
        ProxyKind.HAProxy => settings.Service is null ? "Reload it: systemctl reload haproxy."
            : $"Restart it: Restart-OpsService {settings.Service}.",
        _ => "Start it once with this file and --resume: from then on it keeps what it is told.",
    };
}
