using System.Diagnostics;
using OpsModule.Engine.Access;
using OpsModule.Engine.Areas.Backups;
using OpsModule.Engine.Areas.Backups.Changing;
using OpsModule.Engine.Areas.Recovery.Kits;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Tests.Recovery;

/// <summary>A service with an ops.yaml, a store that is elsewhere, and a private key that is elsewhere, too.</summary>
internal sealed class KitLab : IDisposable
{
    private readonly TempFolder _folder = new();

    private KitLab()
    {
    }

    public RecordingReporter Reporter { get; } = new();

    public OpsContext Context { get; private set; } = null!;

    /// <summary>The folder of ops.yaml: what is lost with the machine.</summary>
    public string Machine => _folder["machine"];

    public string File => Path.Combine(Machine, "ops.yaml");

    public string Key => _folder["vault/identity.txt"];

    public string Kit => _folder["usb/kit.age"];

    public string this[string name] => _folder[name];

    /// <summary>Makes one for a database.</summary>
    public static async Task<KitLab> CreateAsync(DatabaseSettings database, bool encrypts = true, string more = "")
    {
        var lab = new KitLab();
        foreach (string folder in new[] { "machine", "vault", "usb", "elsewhere" }) Directory.CreateDirectory(lab[folder]);
        string recipient = await MakeKeyAsync(lab.Key);
        Environment.SetEnvironmentVariable("OPS_TEST_KIT_PASSWORD", PostgresFixture.Password);
        string encryption = encrypts ? $"  encryption: {{ recipients: [ {recipient} ], identity: {lab.Key} }}" : "";
        await System.IO.File.WriteAllTextAsync(lab.File, $$"""
            environment: shop
            databases:
              main: { host: 127.0.0.1, port: {{database.Port}}, name: {{database.Database}}, user: postgres, password: "env:OPS_TEST_KIT_PASSWORD" }
            backups:
              stores: { offsite: { path: {{lab["elsewhere"]}} } }
            {{encryption}}
            {{more}}
            """);
        lab.Reload();
        return lab;
    }

    public void Reload()
    {
        EnvironmentLoad load = EnvironmentLoader.Load(File);
        Context = OpsContextFactory.Create(load.Environment ?? throw new InvalidOperationException(string.Join('\n', load.Findings)), Reporter);
    }

    public async Task<BackupRecord> BackUpAsync()
    {
        BackupOutcome outcome = await BackupLab.RunAsync(Context, (await new BackupPlanner(Context).PlanAsync(new BackupRequest(), default)).Single());
        Assert.Empty(outcome.Failures);
        return outcome.Records.Single();
    }

    public async Task<RecoveryKitRecord> ExportAsync(RecoveryKitRequest? request = null)
    {
        request ??= new RecoveryKitRequest { Path = Kit, Replaces = true };
        var exporter = new RecoveryKitExporter(Context);
        await exporter.PlanAsync(request, default);
        return await exporter.RunAsync(request, default);
    }

    public async Task<RecoveryKitFinding[]> TestAsync(string? kit = null, string? key = null, TimeSpan? mostAge = null, OpsContext? context = null) =>
        [.. await new RecoveryKitTester(context ?? Context, TimeProvider.System).TestAsync(kit ?? Kit, key ?? Key, mostAge ?? TimeSpan.FromDays(90), default)];

    /// <summary>Makes a key pair; returns the public key.</summary>
    public static async Task<string> MakeKeyAsync(string path)
    {
        await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-o", path), null, default);
        return (await ProgramRunner.RunAsync(new ProgramCall("age-keygen", "-y", path), null, default)).Trim();
    }

    /// <summary>Runs a script in a shell that ends at the first failure, as a person would stop.</summary>
    public static async Task<string> ShellAsync(string folder, string script, params (string Name, string Value)[] variables)
    {
        Directory.CreateDirectory(folder);
        var info = new ProcessStartInfo("sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        info.ArgumentList.Add("-eu");
        info.ArgumentList.Add("-s");
        foreach ((string name, string value) in variables) info.Environment[name] = value;
        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(script);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(5));
        Assert.True(process.ExitCode == 0, $"{script}\n\nended with {process.ExitCode}:\n{await output}\n{await error}");
        return await output;
    }

    public void Dispose() => _folder.Dispose();
}
