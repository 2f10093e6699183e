using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Contract;

/// <summary>Tells from what a container runtime says why a program could not be started.</summary>
public static class ProgramStart
{
    private const string Lead = "unable to start container process: ";

    /// <summary><c>ProgramMissing</c> where there is no such program, else <c>ProgramRefused</c>.</summary>
    public static OpsException Failed(string said, ServiceInstance instance, string program)
    {
        string reason = said.Trim();
        if (reason.IndexOf(Lead, StringComparison.Ordinal) is >= 0 and var at) reason = reason[(at + Lead.Length)..];
        reason = reason.TrimEnd('.').Replace(": unknown", "", StringComparison.Ordinal);
        bool missing = reason.Contains("executable file not found", StringComparison.Ordinal) || (reason.Contains("no such file or directory", StringComparison.Ordinal) && !reason.Contains("chdir", StringComparison.Ordinal));
        return missing
            ? new OpsException("ProgramMissing", OpsErrorCategory.ObjectNotFound, $"{instance.Name} has no program {program} ({reason}).",
                "Name one that its image holds, or give its full path.", program)
            : new OpsException("ProgramRefused", OpsErrorCategory.InvalidOperation, $"{instance.Name} could not start {program}: {reason}.",
                "Correct the program, its folder or its user, then run the command again.", program);
    }
}
