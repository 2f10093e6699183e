using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Lockdown;

/// <summary>An environment that can be locked down: a secret that nobody reads, a folder for evidence, and a key that opens it.</summary>
internal static class LockdownLab
{
    public const string First = "the-first-session-key";

    /// <summary>Writes it into a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="lockdown">Further keys of <c>lockdown:</c>, as lines.</param>
    /// <param name="rotates">True when a secret is rotated.</param>
    /// <param name="secrets">Further secrets, as lines of flow maps.</param>
    /// <param name="more">Further sections.</param>
    /// <param name="rotated">What is rotated, where something is.</param>
    public static async Task WriteAsync(string folder, string lockdown = "", bool rotates = true, string secrets = "", string more = "",
        string rotated = "session")
    {
        string key = Path.Combine(folder, "identity.txt");
        if (!File.Exists(key)) await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-o", key), null, default);
        string recipient = (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", key), null, default)).Trim();
        Directory.CreateDirectory(Path.Combine(folder, "evidence"));
        File.WriteAllText(Path.Combine(folder, "app.env"), $"SESSION={First}\n");
        File.WriteAllText(Path.Combine(folder, "ops.yaml"), $$"""
            environment: lab
            platform: { host: {} }
            backups:
              stores: { safe: { path: evidence } }
              encryption: { recipients: [ {{recipient}} ] }
            secrets:
              session: { random: {}, uses: [ { file: app.env, key: SESSION } ] }
              {{secrets}}
            {{more}}
            lockdown:
              evidence: { store: safe }
              {{(rotates ? $"secrets: [ {rotated} ]" : "")}}
              {{lockdown}}
            """);
    }
}
