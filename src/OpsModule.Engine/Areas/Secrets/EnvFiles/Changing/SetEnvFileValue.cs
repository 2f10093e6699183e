using System.Security.Cryptography;
using System.Text;
using OpsModule.Connections.Files;
using OpsModule.Engine.Areas.Rollouts.Revisions;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Secrets.EnvFiles.Changing;

/// <summary>Gives a key of an env file another value. The value and the file as it was lie sealed in the state folder.</summary>
internal sealed class SetEnvFileValue : ChangeKind
{
    public const string KindName = "envfile.set";

    internal const string File = "file", Key = "key", Value = "value";

    private const string Kept = "kept", Written = "written", Back = "write-back";

    public override string Name => KindName;

    public override string TargetOf(ChangePlan plan) => TargetOf(plan.Arguments[File]);

    /// <summary>A file as a target: what its path holds must not be taken for a whole and its parts.</summary>
    internal static string TargetOf(string path) => Path.IsPathRooted(path) && Path.GetFullPath(path) == path
        ? "envfile/" + Uri.EscapeDataString(path) : throw new FormatException($"'{path}' is no full path.");

    public override Task<IReadOnlyList<PlanIdentity>> IdentifyAsync(OpsContext context, ChangePlan plan,
        CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PlanIdentity>>([Identity(context, plan.Arguments[File])]);

    internal static PlanIdentity Identity(OpsContext context, string path) => new(path, new PlaceFile(context, path).Identify());

    public override async Task<ChangeResult> RunAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        (string path, string key, string value) = (run.Plan.Arguments[File], run.Plan.Arguments[Key], run.Plan.Arguments[Value]);
        var kept = new SealedBytes(run.Context);
        EnvFilePlace place = PlaceOf(run.Context, path, key);
        string old = $"{Beginning(path)}-{run.Id}";
        await run.StepAsync("keep", () =>
        {
            kept.Write(old, new PlaceFile(run.Context, path).ReadBytes());
            return Task.CompletedTask;
        }, new Dictionary<string, string> { [Kept] = old }).ConfigureAwait(false);
        try
        {
            await run.StepAsync("write", () => place.WriteAsync(run, new SecretMaterial(Encoding.UTF8.GetString(kept.Read(value))),
                cancellationToken)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await PutBackAsync(run, kept, old, e).ConfigureAwait(false);
            // The file is as it was, and nothing is gone on with.
            kept.Remove(value);
            kept.Remove(old);
            throw;
        }
        await run.StepAsync("forget", () =>
        {
            kept.Remove(value);
            kept.RemoveOthers(Beginning(path), old);
            return Task.CompletedTask;
        }, new Dictionary<string, string> { [Written] = new PlaceFile(run.Context, path).Identify() }).ConfigureAwait(false);
        EnvFileValue made = new EnvFileReader(run.Context).Read(path, [key], e => throw e)[0];
        return new ChangeResult($"{place.Words} has another value; {Readers(made.Services)}",
            made with { Value = null, Written = place.Written?.ToString() });
    }

    /// <summary>
    /// Sees that the file is as it was, and puts back what a run before has written and Compose refuses. Where it is neither, what was kept
    /// is needed still, and the change stays open.
    /// </summary>
    private static async Task PutBackAsync(ChangeRun run, SealedBytes kept, string old, Exception cause)
    {
        try
        {
            var file = new PlaceFile(run.Context, run.Plan.Arguments[File]);
            byte[] was = kept.Read(old), now = file.ReadBytes();
            if (was.AsSpan().SequenceEqual(now)) return;
            if (cause is OpsException told && PlaceErrors.ValueNotCarried.Is(told) && IsOurs(run, kept, was, now))
            {
                await BackAsync(run, file, was, now, CancellationToken.None).ConfigureAwait(false);
                return;
            }
        }
        catch (Exception e) when (e is OpsException or IOException or UnauthorizedAccessException) { /* it is not known how it is */ }
        throw ChangeRun.LeaveOpen(cause);
    }

    /// <summary>Whether a file is what setting the value in what it was makes of it, and nobody has written anything since.</summary>
    private static bool IsOurs(ChangeRun run, SealedBytes kept, byte[] was, byte[] now) =>
        Encoding.UTF8.GetBytes(PlaceOf(run.Context, run.Plan.Arguments[File], run.Plan.Arguments[Key])
            .With(Encoding.UTF8.GetString(was), Encoding.UTF8.GetString(kept.Read(run.Plan.Arguments[Value])))).AsSpan().SequenceEqual(now);

    private static Task BackAsync(ChangeRun run, PlaceFile file, byte[] was, byte[] now, CancellationToken ct) =>
        file.WriteAsync(run, Encoding.UTF8.GetString(was), Encoding.UTF8.GetString(now), inPlace: false, null, ct);

    public override async Task<ChangeResult> UndoAsync(ChangeRun run, CancellationToken cancellationToken)
    {
        string path = run.Plan.Arguments[File], words = $"{path}#{run.Plan.Arguments[Key]}";
        var kept = new SealedBytes(run.Context);
        if (run.Data.GetValueOrDefault(Kept) is not { } old || !run.HasBegun("write"))
        {
            kept.Remove(run.Plan.Arguments[Value]);
            return new ChangeResult("Nothing had been written");
        }
        await run.StepAsync(Back, async () =>
        {
            var file = new PlaceFile(run.Context, path);
            file.Mend(run);
            byte[] was = kept.Read(old), now = file.ReadBytes();
            if (was.AsSpan().SequenceEqual(now)) return;
            // Of a change that ended it is known what it wrote; of one that was killed what it would have.
            if (run.Data.GetValueOrDefault(Written) is { } written ? file.Identify() != written
                : !IsOurs(run, kept, was, now))
                throw EnvFileErrors.FileDiffers.Make($"{path} was changed since {words} was set: it is neither as it was nor as it became. "
                    + "Nothing was written.", $"Set the value that you want: Set-OpsEnvFileValue -Path {path}.", path);
            await BackAsync(run, file, was, now, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        kept.Remove(old);
        kept.Remove(run.Plan.Arguments[Value]);
        return new ChangeResult($"{path} is as it was before {words} was set");
    }

    internal static EnvFilePlace PlaceOf(OpsContext context, string path, string key) =>
        new(context, new SecretUse { File = path, FileAsWritten = path, Key = key }, new ProjectReading(context));

    internal static string Readers(IReadOnlyList<string> services) => services.Count == 0 ? "no service is known to read it"
        : $"{string.Join(", ", services)} {(services.Count == 1 ? "gets" : "get")} it when made anew (Update-OpsService)";

    private static string Beginning(string path) =>
        "was-" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, 8)).ToLowerInvariant();
}
