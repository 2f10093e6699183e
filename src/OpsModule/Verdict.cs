using OpsModule.Engine;

namespace OpsModule;

/// <summary>Says of a result whether it is bad, for scripts: <c>[OpsModule.Verdict]::IsBad($result)</c>.</summary>
/// <remarks>The results' own types stand in a load context of their own, where a script cannot name them.</remarks>
public static class Verdict
{
    /// <summary>True when something is not as it must be: a check that is Unhealthy or Unknown, a test that did not pass, a finding of severity Error.</summary>
    /// <param name="result">What a cmdlet of this module emitted; anything that passes no judgement is not bad.</param>
    public static bool IsBad(object? result) => PipedObject.Of(result) is IVerdict verdict && verdict.IsBad();

    /// <summary>What a script should end with because of it: 0, 1, or what the result itself asks for (Nagios's 0 to 3 of <c>Test-OpsHealth -Quiet</c>).</summary>
    /// <param name="result">As of <see cref="IsBad"/>.</param>
    public static int ExitCode(object? result) => PipedObject.Of(result) is IVerdict verdict ? verdict.ExitCode() : 0;
}
