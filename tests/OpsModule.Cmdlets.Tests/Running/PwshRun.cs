using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using OpsModule.Foundations.Errors;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>Runs a script in a PowerShell session of this process, with the module imported, and keeps everything that is said.</summary>
internal sealed class PwshRun
{
    private static readonly string Module = Path.Combine(ContractTests.Root, "out", "OpsModule", "OpsModule.psd1");

    private static readonly Type[] Samples = [.. typeof(PwshRun).Assembly.GetTypes().Where(t => t.IsDefined(typeof(CmdletAttribute)))];

    private readonly RecordingHost _host = new();
    private bool _hasErrors;

    /// <summary>What arrived at the end, without PowerShell's wrapper; an object that is nothing but its wrapper stays in it.</summary>
    public List<object> Objects { get; } = [];
    public List<ErrorRecord> ErrorRecords { get; } = [];
    public List<string> Warnings { get; } = [];
    public List<string> VerboseMessages { get; } = [];
    public List<ProgressRecord> Progress { get; } = [];
    public IReadOnlyList<string> WhatIfs => _host.WhatIfs;
    public IReadOnlyList<string> Questions => _host.Questions;

    /// <summary>The module's own errors.</summary>
    public IReadOnlyList<OpsException> Errors => [.. ErrorRecords.Select(e => e.Exception).OfType<OpsException>()];

    /// <summary>PowerShell's own errors: a parameter that does not exist, a value that does not fit.</summary>
    public IReadOnlyList<string> OtherErrors => [.. ErrorRecords.Where(e => e.Exception is not OpsException).Select(e => e.ToString())];

    /// <summary>What <c>pwsh -Command</c> would end with.</summary>
    public int ExitCode => ErrorRecords.Count > 0 || _hasErrors ? 1 : 0;

    /// <summary>What the person answers; null where there is none.</summary>
    public char? Answer { get => _host.Answer; init => _host.Answer = value; }

    /// <summary>Called when the script has begun, with the means to stop it as Ctrl+C does.</summary>
    public Action<Action>? Running { get; init; }

    /// <summary>The language of the person at the prompt.</summary>
    public string? Culture { get; init; }

    public static PwshRun Of(string script, string? directory = null) => new PwshRun().Run(script, directory);

    public PwshRun Run(string script, string? directory = null)
    {
        if (Culture is not null) _host.SetCulture(Culture);
        var start = InitialSessionState.CreateDefault2();
        start.ImportPSModule(Module);
        foreach (Type sample in Samples) start.Commands.Add(new SessionStateCmdletEntry(sample.GetCustomAttribute<CmdletAttribute>() is { } name ? $"{name.VerbName}-{name.NounName}" : "", sample, null));
        using Runspace runspace = RunspaceFactory.CreateRunspace(_host, start);
        runspace.Open();
        runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(directory ?? Environment.CurrentDirectory));
        using var shell = System.Management.Automation.PowerShell.Create(runspace);
        Listen(shell);
        try
        {
            var output = new PSDataCollection<PSObject>();
            output.DataAdded += (_, e) => Objects.Add(output[e.Index] is { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : output[e.Index]);
            IAsyncResult call = shell.AddScript(script).BeginInvoke<PSObject, PSObject>(null, output);
            Running?.Invoke(shell.Stop);
            shell.EndInvoke(call);
        }
        catch (PipelineStoppedException) { _hasErrors = true; }
        catch (RuntimeException e)
        {
            ErrorRecord record = e is ActionPreferenceStopException stopped ? stopped.ErrorRecord : e.ErrorRecord;
            if (!ErrorRecords.Any(r => ReferenceEquals(r.Exception, record.Exception))) ErrorRecords.Add(record);
        }
        _hasErrors |= shell.HadErrors;
        return this;
    }

    private void Listen(System.Management.Automation.PowerShell shell)
    {
        shell.Streams.Error.DataAdded += (_, e) => ErrorRecords.Add(shell.Streams.Error[e.Index]);
        shell.Streams.Warning.DataAdded += (_, e) => Warnings.Add(shell.Streams.Warning[e.Index].Message);
        shell.Streams.Verbose.DataAdded += (_, e) => VerboseMessages.Add(shell.Streams.Verbose[e.Index].Message);
        shell.Streams.Progress.DataAdded += (_, e) => Progress.Add(shell.Streams.Progress[e.Index]);
    }
}
