using OpsModule.Engine.Areas.Secrets;
using OpsModule.Engine.Areas.Secrets.Keeping;
using OpsModule.Engine.Areas.Secrets.Phases;
using OpsModule.Engine.Changes.Plans;

namespace OpsModule.Engine.Tests.Changes.Killing;

/// <summary>A list of keys and a client that has one of them; without an overlap all phases are made in one run.</summary>
internal sealed class PhaseKillLab : KilledLab
{
    private const string First = "the-first-key", Theirs = "the-key-of-others";

    public override string Folder { get; } = Directory.CreateTempSubdirectory("ops-phases-").FullName;

    public override Task PrepareAsync()
    {
        File.WriteAllText(Path.Combine(Folder, "ops.yaml"), """
            environment: lab
            secrets: { keys: { apiKey: { list: true }, uses: [ { file: server.env, key: API_KEYS, form: list }, { file: client.env, key: API_KEY } ] } }
            """);
        File.WriteAllText(Path.Combine(Folder, "server.env"), $"# kept\nAPI_KEYS={Theirs},{First}\n");
        File.WriteAllText(Path.Combine(Folder, "client.env"), $"API_KEY={First}\n");
        new SecretStore(Context).Write(new KeptSecret { Name = "keys" });
        return Task.CompletedTask;
    }

    public override Task<ChangePlan> PlanAsync() => new PhasePlanner(Context).PlanAsync("keys", new RotationOptions(), default);

    public override Task<string> LookAsync()
    {
        KeptSecret kept = new SecretStore(Context).Read("keys");
        string[] listed = File.ReadAllText(Path.Combine(Folder, "server.env")).Split("API_KEYS=")[1].Trim().Split(',');
        string client = File.ReadAllText(Path.Combine(Folder, "client.env")).Trim().Split('=')[1];
        string Which(string value) => value switch
        {
            First => "first",
            Theirs => "theirs",
            _ => value == (kept.Pending ?? kept.Current)?.Value ? "new" : "another",
        };
        return Task.FromResult($"{string.Join(", ", listed.Select(Which))}; {Which(client)}, {(kept.Pending is null ? "none" : "one")} pending, "
            + $"{(kept.FinishedAt is null ? "never finished" : "finished")}");
    }

    /// <summary>Until the old one is dropped: the third file that is written is that of the server once more.</summary>
    public override bool? UndoesAt(string place) => SecretLab.BaseOf(place) is not ("drop-keep" or "drop-write-1" or "drop" or "dropped"
        or "refused" or "record" or "completed") && !(SecretLab.BaseOf(place).StartsWith("file-", StringComparison.Ordinal)
        && place.EndsWith("@3", StringComparison.Ordinal));
}
