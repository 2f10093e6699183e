using System.Management.Automation;
using OpsModule.Engine.Areas.Schedules;
using OpsModule.Foundations.Text;

namespace OpsModule.Schedules;

/// <summary>
/// Runs a line in this session, on its pipeline thread, and judges what it gives: an error, a bad result or a program that ends with
/// another code than 0 is a problem. What it gives is handed on as it comes.
/// </summary>
internal sealed class LineRunner(CommandInvocationIntrinsics session, PSVariableIntrinsics variables, Action<PSObject> hand,
    Action<ErrorRecord> fail, Action<string> warn)
{
    private const string ExitCode = "global:LASTEXITCODE";

    // Errors come down the pipeline with the results, so that none is missed; and each program that fails is one, not only the last. In a
    // scope of its own, so that the session keeps its preference.
    private static readonly ScriptBlock Frame = ScriptBlock.Create("""
        param($line, $take)
        & {
            param($line, $take)
            $PSNativeCommandUseErrorActionPreference = $true
            & $line 2>&1 | & { process { $take.Invoke($_) } }
        } $line $take
        """);

    private readonly List<string> _problems = [];
    private long _results;
    private bool _isWanted = true;
    private int _told;

    public ScheduleLineOutcome Run(ScriptBlock line)
    {
        variables.Set(ExitCode, 0);
        try { session.InvokeScript(false, Frame, null, line, (Action<PSObject>)Take); }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            Add(e is ActionPreferenceStopException stopped ? stopped.ErrorRecord : e.ErrorRecord);
        }
        catch (FlowControlException) { _problems.Add("break or continue has left the line before its end"); }
        if (LanguagePrimitives.TryConvertTo(variables.GetValue(ExitCode), out int code)
            && code != 0 && code != _told) _problems.Add($"the last program ended with {code}");
        return new ScheduleLineOutcome(_results, [.. _problems.Distinct(StringComparer.Ordinal)]);
    }

    private void Take(PSObject? value)
    {
        if (value is null) return;
        if (value.BaseObject is ErrorRecord error)
        {
            // What a program writes to its error stream is no error; what it ends with says that.
            if (error.FullyQualifiedErrorId.StartsWith("NativeCommandError", StringComparison.Ordinal)) Say(() =>
                warn(PrintableText.Of(error.ToString())));
            else Add(error);
            return;
        }
        _results++;
        if (Verdict.IsBad(value)) _problems.Add(PrintableText.Of($"{PipedObject.Read(value)?.Record ?? value}".Split('\n')[0]));
        Say(() => hand(value));
    }

    private void Add(ErrorRecord error)
    {
        if (error.FullyQualifiedErrorId.StartsWith("ProgramExitedWithNonZeroCode", StringComparison.Ordinal)
            && PSObject.AsPSObject(error.Exception).Properties["ExitCode"]?.Value is int code) _told = code;
        _problems.Add(PrintableText.Of((error.ErrorDetails?.Message ?? error.Exception?.Message ?? $"{error}").Split('\n')[0]));
        Say(() => fail(error));
    }

    /// <summary>That nobody wants to see more is no reason to end a backup in its middle.</summary>
    private void Say(Action action)
    {
        if (!_isWanted) return;
        try { action(); }
        catch (Exception) { _isWanted = false; }
    }
}
