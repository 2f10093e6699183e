using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Opening;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets;

/// <summary>Two secrets, app and other, over a ledger in place of a server.</summary>
public abstract class LedgerTests : IDisposable
{
    private protected const string First = "first-value", Second = "second-value";

    private readonly IReadOnlyDictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>> _drivers = SecretDrivers.All;

    private protected LedgerTests()
    {
        SecretDrivers.All = new Dictionary<SecretKind, Func<OpsContext, SecretEntry, ISecretDriver>>(_drivers) { [SecretKind.Random] = (_, _) => Ledger };
        File.WriteAllText(Folder["ops.yaml"], """
            environment: lab
            secrets:
              app: { random: {}, every: 30d, uses: [ { file: app.env, key: APP_KEY } ] }
              other: { random: {}, uses: [ { file: other.env, key: OTHER_KEY } ] }
            """);
        File.WriteAllText(Folder["app.env"], $"APP_KEY={First}\n");
        File.WriteAllText(Folder["other.env"], $"OTHER_KEY={Second}\n");
        Ledger.Accepted.Add(First);
        OpsContext loaded = KilledLab.ContextOf(Folder.Path);
        Context = loaded with { Time = Time, Journal = new Journal(loaded.Environment, Time) };
    }

    private protected TempFolder Folder { get; } = new();

    private protected Ledger Ledger { get; } = new();

    private protected ShiftedTime Time { get; } = new();

    private protected OpsContext Context { get; }

    public void Dispose()
    {
        SecretDrivers.All = _drivers;
        Context.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected async Task<OpsException> Refused(string name) =>
        await Assert.ThrowsAsync<OpsException>(() => new RotationPlanner(Context).PlanAsync([name], new RotationOptions(), default));

    private protected Task<ChangePlan> PlanAsync(RotationOptions? options = null) => new RotationPlanner(Context).PlanAsync(["app"], options ?? new RotationOptions(), default);

    private protected async Task<ChangeResult?> RunAsync() => await new ChangeRunner(Context).RunAsync(await PlanAsync(), default);

    private protected RotationResult Report(string change) => Assert.Single(new RotationReport(Context).Of(change));

    private protected string InFile() => File.ReadAllText(Folder["app.env"]).Trim().Split('=')[1];

    private protected SecretMaterial? Pending() => new SecretStore(Context).Read("app").Pending;

    private protected JournalEntry Latest(ChangeRunner runner) => Context.Journal.Find(runner.Latest!)!;
}
