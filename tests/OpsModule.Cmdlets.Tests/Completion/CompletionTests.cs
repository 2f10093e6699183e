using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using OpsModule.Cmdlets.Tests.Names;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Changes;

namespace OpsModule.Cmdlets.Tests.Completion;

/// <summary>What the Tab key offers.</summary>
public sealed class CompletionTests : IAsyncLifetime
{
    /// <summary>Parameters that name what an environment, its state or this machine knows.</summary>
    private static readonly string[] Names = ["Name", "Tenant", "Store", "Id", "Backup", "Restore", "Service", "Check", "Receiver", "Rule", "Category", "Database", "Action", "Target", "Volume", "Environment"];

    /// <summary>Names of what is yet to be made, or is known nowhere near; of tenants, whom no pattern cuts off; numbers.</summary>
    private static readonly string[] Others = ["New-OpsEnvironment -Name", "Send-OpsMetric -Name", "Import-OpsAttackRule -Category", "Import-OpsBackup -Tenant", "Test-OpsEnvironment -Environment",
        "New-OpsApiKey -Name", "Get-OpsApiKey -Name", "Revoke-OpsApiKey -Name", "Revoke-OpsApiKey -Id", "Suspend-OpsTenant -Tenant", "Restore-OpsCache -Database"];

    /// <summary>Of roles of a server, caches and their restores one at a time is changed.</summary>
    private static readonly string[] Single = ["Initialize-OpsSecretRotation -Database", "Initialize-OpsSecretRotation -Name", "Restore-OpsCache -Name", "Remove-OpsCacheRestore -Id"];

    private readonly StoredBackups _stored = new("""
        platform: { compose: { file: compose.yaml } }
        services: { web: { health: "http://127.0.0.1:1/" } }
        certificates: { shop: { endpoint: "127.0.0.1:1" } }
        schedule: { nightly: { at: "0 2 * * *", run: Get-Date }, weekly: { at: "0 2 * * 0", run: Get-Date } }
        alerts: { receivers: { hook: { webhook: "http://127.0.0.1:1/" } } }
        """);

    private string _demo = "", _full = "", _restore = "";

    public async Task InitializeAsync()
    {
        File.WriteAllText(Path.Combine(_stored.Folder, "compose.yaml"), "name: proj\nservices:\n  api: { image: x }\nvolumes:\n  data: {}\n  named: { name: own }\n");
        File.WriteAllText(Path.Combine(_stored.Folder, "a-file.txt"), "");
        _full = await _stored.AddAsync("main");
        _demo = await _stored.AddAsync("main", "demo");
        await _stored.AddAsync("other");
        var journal = new Journal(_stored.Context.Environment, TimeProvider.System);
        await using IJournaledChange change = await journal.BeginAsync("Restore-OpsDatabase", "database/main/tenant/once");
        await change.CompleteAsync("done");
        _restore = change.Id;
    }

    public Task DisposeAsync()
    {
        _stored.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("Backup-OpsDatabase ", "main", "other")]
    [InlineData("Get-OpsSchedule ", "nightly", "weekly")]
    [InlineData("Invoke-OpsSchedule N", "nightly")]
    [InlineData("Export-OpsSchedule -As Cron -Name w", "weekly")]
    [InlineData("Backup-OpsDatabase -Name MA", "main")]
    [InlineData("Backup-OpsDatabase -Name 'o", "other")]
    [InlineData("Backup-OpsDatabase -Name main, o", "other")]
    [InlineData("Get-OpsBackup *th", "other")]
    [InlineData("Get-OpsBackup -Tenant ", "demo", "once")]
    [InlineData("Get-OpsBackup other -Tenant ")]
    [InlineData("Backup-OpsDatabase main -Store o", "offsite")]
    [InlineData("Get-OpsRestore -Id ", "RESTORE")]
    [InlineData("Undo-OpsRestore ", "RESTORE")]
    [InlineData("Get-OpsService ", "web", "api")]
    [InlineData("Stop-OpsService -Service A", "api")]
    [InlineData("Get-OpsLog -Service w", "web")]
    [InlineData("Find-OpsAttackPattern a", "api")]
    [InlineData("Test-OpsHealth DISK.fr", "disk.free")]
    [InlineData("Watch-OpsHealth -Check journ", "journal*")]
    [InlineData("Test-OpsHealth -Service ", "web", "api")]
    [InlineData("Send-OpsAlert x -Receiver ", "hook")]
    [InlineData("Update-OpsCertificate ", "shop")]
    [InlineData("Get-OpsCertificate -Database ", "main", "other")]
    [InlineData("Get-OpsChange -Action Rest", "Restore-OpsDatabase")]
    [InlineData("Get-OpsChange data", "database/main/tenant/once")]
    [InlineData("Clear-OpsStorage -Volume ", "proj_data", "own")]
    [InlineData("Get-OpsAttackRule log4", "log4*")]
    [InlineData("Find-OpsAttackPattern -Category SqlI", "SqlInjection")]
    public void Names_of_the_environment_are_offered_and_files_are_not(string line, params string[] expected)
    {
        string[] offered = [.. Complete(line).Select(c => c.CompletionText)];
        if (expected is [var pattern] && pattern.EndsWith('*')) Assert.All(offered, o => Assert.StartsWith(pattern[..^1], o));
        else Assert.Equal(expected.Select(e => e.Replace("RESTORE", _restore)), offered);
        if (expected.Length > 0) Assert.NotEmpty(offered);
    }

    [Fact]
    public void Backups_are_offered_newest_first_with_their_age_size_and_test()
    {
        CompletionResult[] offered = Complete("Test-OpsBackup ");
        Assert.Equal([_demo, _full], offered.Skip(1).Select(c => c.CompletionText));
        Assert.Matches(@"^main, tenant demo, \d+ days old, 0\.0 MiB, not verified$", offered[1].ToolTip);
        PwshRun.Of($"Test-OpsBackup {_demo}", _stored.Folder);
        Assert.EndsWith(", verified", Complete("Test-OpsBackup ")[1].ToolTip);
        Assert.Equal([_demo], Complete("Get-OpsBackup -Tenant demo -Id ").Select(c => c.CompletionText));
        Assert.Empty(Complete("Get-OpsBackup -Store offsite -Id "));
    }

    [Fact]
    public void Every_parameter_that_names_something_known_has_a_completer_and_takes_patterns()
    {
        var wrong = new List<string>();
        foreach (Type type in typeof(OpsCmdlet).Assembly.GetTypes().Where(t => t.GetCustomAttribute<CmdletAttribute>() is not null))
        {
            CmdletAttribute cmdlet = type.GetCustomAttribute<CmdletAttribute>()!;
            foreach (PropertyInfo parameter in type.GetProperties().Where(p => p.IsDefined(typeof(ParameterAttribute)) && !p.PropertyType.IsEnum && Names.Contains(p.Name)))
            {
                string name = $"{cmdlet.VerbName}-{cmdlet.NounName} -{parameter.Name}";
                if (Others.Contains(name)) continue;
                if (!parameter.IsDefined(typeof(ArgumentCompleterAttribute))) wrong.Add(name + " completes nothing");
                if (parameter.Name != "Environment" && !Single.Contains(name) && !parameter.IsDefined(typeof(SupportsWildcardsAttribute))) wrong.Add(name + " takes no patterns");
            }
        }
        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("it's")]
    [InlineData("x'; New-Item pwned; '")]
    [InlineData("x\u2019; New-Item pwned; \u2019")]
    [InlineData("$(New-Item pwned)")]
    [InlineData("\"; New-Item pwned; \"")]
    [InlineData("`\"\u201d$x")]
    [InlineData("line\nNew-Item pwned\n")]
    [InlineData("\u001b[2J\u202e$(New-Item pwned)")]
    [InlineData("-Force")]
    [InlineData("@x")]
    [InlineData("#x")]
    [InlineData("a,b")]
    [InlineData("[a]*?")]
    public async Task A_name_that_a_stranger_chose_runs_nothing_and_stays_the_same_name(string tenant)
    {
        await _stored.AddAsync("main", tenant);
        CompletionResult offered = Assert.Single(Complete("Get-OpsBackup -Tenant "), c => c.CompletionText is not ("demo" or "once"));
        Assert.DoesNotContain(offered.CompletionText + offered.ListItemText + offered.ToolTip, c => char.IsControl(c) || c == '\u202e');
        PwshRun run = PwshRun.Of($"function Named {{ param($Tenant) $Tenant }}; Named -Tenant {offered.CompletionText}", _stored.Folder);
        Assert.Equal(tenant, Assert.Single(run.Objects));
        Assert.False(File.Exists(Path.Combine(_stored.Folder, "pwned")));
    }

    [Theory]
    [InlineData("environment: [")]
    [InlineData("")]
    [InlineData("environment: shop\nnonsense: true")]
    public void A_broken_file_offers_nothing_and_says_nothing(string content)
    {
        File.WriteAllText(Path.Combine(_stored.Folder, "ops.yaml"), content);
        Assert.Empty(Complete("Backup-OpsDatabase "));
        Assert.Empty(Complete("Get-OpsBackup -Id "));
    }

    [Fact]
    public void What_cannot_be_read_and_where_there_is_no_environment_nothing_is_offered()
    {
        File.WriteAllText(Path.Combine(_stored.Folder, ".ops", "journal.jsonl"), "{ no journal\n\0\n{}\n[1]\n");
        Assert.Equal(["demo"], Complete("Get-OpsBackup -Tenant ").Select(c => c.CompletionText));
        Assert.Empty(Complete("Backup-OpsDatabase ", folder: "/"));
        Assert.NotEmpty(Complete("Get-OpsAttackRule log4", folder: "/"));
    }

    [Fact]
    public void The_environment_is_that_of_the_line_or_that_of_the_session()
    {
        Assert.Equal(["main", "other"], Complete($"Backup-OpsDatabase -Environment '{_stored.Folder}' -Name ", folder: "/").Select(c => c.CompletionText));
        Assert.Equal(["main", "other"], Complete("Backup-OpsDatabase ", folder: "/", before: $"Connect-OpsEnvironment '{_stored.Folder}'").Select(c => c.CompletionText));
        Assert.Contains(Complete("Backup-OpsDatabase -Environment ./op"), c => c.CompletionText.Contains("ops.yaml"));
    }

    [Fact]
    public async Task It_does_not_take_long_however_many_backups_there_are()
    {
        string folder = Path.GetDirectoryName(Directory.GetFiles(_stored.Folder, _full + ".json", SearchOption.AllDirectories).Single())!;
        for (int i = 0; i < 20_000; i++) await File.WriteAllBytesAsync(Path.Combine(folder, $"20250101T{i / 3600 % 24:00}{i / 60 % 60:00}{i % 60:00}Z-{i:x6}.json"), []);
        Complete("Test-OpsBackup ");
        long begun = Stopwatch.GetTimestamp();
        Assert.NotEmpty(Complete("Test-OpsBackup "));
        // Generous, because a session is opened meanwhile; without a limit it would be far more.
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30));
    }

    private CompletionResult[] Complete(string line, string? folder = null, string? before = null)
    {
        var start = InitialSessionState.CreateDefault2();
        start.ImportPSModule(Path.Combine(ContractTests.Root, "out", "OpsModule", "OpsModule.psd1"));
        using Runspace runspace = RunspaceFactory.CreateRunspace(start);
        runspace.Open();
        runspace.SessionStateProxy.Path.SetLocation(folder ?? _stored.Folder);
        using var shell = System.Management.Automation.PowerShell.Create(runspace);
        if (before is not null) shell.AddScript(before).Invoke();
        shell.Commands.Clear();
        shell.Streams.ClearStreams();
        shell.AddCommand("TabExpansion2").AddParameter("inputScript", line).AddParameter("cursorColumn", line.Length);
        CompletionResult[] offered = [];
        // On a busy machine the second that a completer has may pass; the next Tab tells.
        for (int tab = 0; tab < 5 && offered.Length == 0; tab++) offered = [.. ((CommandCompletion)shell.Invoke()[0].BaseObject).CompletionMatches];
        Assert.False(shell.HadErrors);
        Assert.Empty(shell.Streams.Warning);
        return offered;
    }
}
