using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Changing;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Showing;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Tests.Changes.Killing;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Load;

/// <summary>A secret of one kind at a real server, or at a small one of the tests that says it is one, used by an env file.</summary>
internal sealed class LoadedSecret : IAsyncDisposable
{
    public const string Name = "app", First = "first-value-Q7hH2m";

    private readonly TempFolder _folder = new();

    public LoadedSecret(string yaml, string line)
    {
        File.WriteAllText(_folder["ops.yaml"], "environment: lab\n" + yaml + "\n");
        File.WriteAllText(EnvFile, $"# kept\n{line}\n");
        Context = KilledLab.ContextOf(_folder.Path);
    }

    public OpsContext Context { get; }

    public string Folder => _folder.Path;

    public string EnvFile => _folder["app.env"];

    /// <summary>Whether old and new count at the same time for a while.</summary>
    public required bool Overlaps { get; init; }

    /// <summary>What comes of a rotation in which nothing goes wrong.</summary>
    public RotationOutcome Ends { get; init; } = RotationOutcome.Done;

    /// <summary>Logs in as clients do.</summary>
    public required Func<Credential, Task<string?>> LogIn { get; init; }

    /// <summary>Makes a new value where people make it; null where it is made by the rotation.</summary>
    public Func<string>? Make { get; init; }

    /// <summary>Disables an old value where people do; null where the rotation does it.</summary>
    public Action<string>? Disable { get; init; }

    /// <summary>Kills the server.</summary>
    public Func<Task> Kill { get; init; } = () => throw new NotSupportedException();

    /// <summary>Brings the server back.</summary>
    public Func<Task> Start { get; init; } = () => throw new NotSupportedException();

    /// <summary>The server's log; null where there is none of its own.</summary>
    public string? Log { get; init; }

    /// <summary>What goes with it.</summary>
    public IAsyncDisposable? Server { get; init; }

    public Credential Read() => Credential.Of(EnvFile);

    /// <summary>What the state folder keeps.</summary>
    public KeptSecret Kept => new SecretStore(Context).Read(Name);

    /// <summary>A value as clients take it.</summary>
    public static Credential Of(SecretMaterial material) => new(material.Login ?? "", material.Value);

    public async Task<ChangePlan> PlanAsync()
    {
        SecretMaterial? made = Make is null ? null : new SecretMaterial(Make());
        ChangePlan plan = await new RotationPlanner(Context).PlanAsync([Name], new RotationOptions { HandedIn = made }, default);
        if (made is not null) new HandedInValue(Context).Keep(Name, made);
        return plan;
    }

    /// <summary>Rotates it; what people have to do is done when it waits for that.</summary>
    /// <param name="replace">Replaces the clients, when services would be.</param>
    public async Task<RotationResult> RotateAsync(Func<Task> replace)
    {
        string old = Read().Value;
        // The last part begins when services have been replaced.
        OpsContext context = Context with { Journal = new StepJournal(Context.Journal, "begin", replace) };
        var runner = new ChangeRunner(context);
        await runner.RunAsync(await PlanAsync(), default);
        if (Disable is { } disable)
        {
            disable(old);
            await new ByHandCompletion(Context).CompleteAsync(Name, default);
        }
        return Assert.Single(new RotationReport(Context).Of(runner.Latest!));
    }

    public async ValueTask DisposeAsync()
    {
        Context.Dispose();
        _folder.Dispose();
        if (Server is not null) await Server.DisposeAsync();
    }
}
