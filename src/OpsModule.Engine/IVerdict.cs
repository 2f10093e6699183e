namespace OpsModule.Engine;

/// <summary>A result that passes judgement. One that is bad ends <c>ops</c> with an exit code other than 0, though it is no error.</summary>
public interface IVerdict
{
    /// <summary>True when something is not as it must be.</summary>
    /// <remarks>A method, because PowerShell would show a property beside those of the result.</remarks>
    bool IsBad();

    /// <summary>What <c>ops</c> ends with because of it, unless something else asks for more.</summary>
    int ExitCode() => IsBad() ? 1 : 0;
}
