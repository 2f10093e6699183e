using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Areas.Secrets.Settings;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>A folder with the files of a project, and the places of one secret in it.</summary>
internal sealed class PlaceLab : IDisposable
{
    private readonly TempFolder _folder = new();

    public PlaceLab(string? compose = null, string? project = null)
    {
        if (compose is not null) Write("compose.yaml", compose);
        Context = OpsContextFactory.Create(Environment(compose is null ? new PlatformOptions() : new PlatformOptions
        {
            Kind = PlatformKind.Compose, ComposeFile = this["compose.yaml"], Project = project ?? "p" + Guid.NewGuid().ToString("N")[..8],
        }), Reporter);
    }

    public PlaceLab(PlatformOptions platform) => Context = OpsContextFactory.Create(Environment(platform), Reporter);

    public RecordingReporter Reporter { get; } = new();

    public OpsContext Context { get; private set; }

    /// <summary>What the last change that was run noted.</summary>
    public IReadOnlyList<string> Steps { get; private set; } = [];

    public string Folder => _folder.Path;

    public string this[string name] => _folder[name];

    public string Write(string name, string text) => _folder.Write(name, text);

    public string Read(string name) => File.ReadAllText(this[name]);

    public SecretUse File_(string name, string? key, string? text = null, bool build = false) =>
        new() { File = this[name], FileAsWritten = name, Key = key, In = text, Build = build };

    public static SecretEntry Entry(SecretKind kind, params SecretUse[] uses) => new() { Name = "pw", Kind = kind, Uses = uses };

    /// <summary>Declares secrets in the environment.</summary>
    public void Declare(params SecretEntry[] entries) => Context = Context with
    {
        Environment = Context.Environment with
        {
            Sections = new Dictionary<string, object>
            {
                ["secrets"] = new SecretsSettings { Entries = entries.ToDictionary(e => e.Name) },
            },
        },
    };

    public IReadOnlyList<TextPlace> Open(params SecretUse[] uses) => SecretPlaces.OpenTexts(Context, Entry(SecretKind.Random, uses));

    /// <summary>Runs the step of a change.</summary>
    public async Task RunAsync(Func<ChangeRun, Task> body)
    {
        await using IJournaledChange change = await Context.Journal.BeginAsync("Test-Action", "t/place", new Dictionary<string, string>());
        await body(new ChangeRun(Context, new ChangePlan
        {
            Environment = "lab", Kind = "test", Action = "Test-Action", Target = "t/place", Summary = "test",
        }, change));
        await change.CompleteAsync("done");
        Steps = [.. Context.Journal.Find(change.Id)!.Steps.Select(s => s.Name)];
    }

    public Task WriteAsync(ISecretPlace place, string value, string? login = null) =>
        RunAsync(run => place.WriteAsync(run, new SecretMaterial(value, login), default));

    public void Dispose()
    {
        Context.Dispose();
        _folder.Dispose();
    }

    private OpsEnvironment Environment(PlatformOptions platform) => new()
    {
        Name = "lab", Directory = Folder, StateDirectory = this[".ops"], Platform = platform,
    };
}
