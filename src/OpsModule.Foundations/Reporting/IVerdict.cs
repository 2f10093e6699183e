namespace OpsModule.Foundations.Reporting;

/// <summary>A result that passes judgement. A bad one is no error; <c>Assert-OpsResult</c> makes one of it.</summary>
public interface IVerdict
{
    /// <summary>True when something is not as it must be.</summary>
    /// <remarks>A method, because PowerShell would show a property beside those of the result.</remarks>
    bool IsBad();

    /// <summary>What a script should end with because of it.</summary>
    int ExitCode() => IsBad() ? 1 : 0;
}
