using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Processes;

namespace OpsModule.Engine.Areas.Services.Reaching;

/// <summary>Gives the terminal of the caller to a program in a service, and journals when that began and ended.</summary>
public sealed class ServiceTerminal(OpsContext context)
{
    private const string Action = "Enter-OpsService";

    /// <summary>True when there is a terminal that a program could be given.</summary>
    public static bool IsThere => !Console.IsInputRedirected && !Console.IsOutputRedirected;

    /// <summary>Runs a program in the terminal to its end.</summary>
    /// <param name="instance">Where.</param>
    /// <param name="command">The program and its arguments. What is typed is in no journal.</param>
    /// <param name="user">Who runs it; null for the service's user.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Its exit code, which for a shell is that of the last command.</returns>
    /// <exception cref="Foundations.Errors.OpsException"><c>TerminalMissing</c>, <c>UserUnsupported</c>, <c>ProgramMissing</c>,
    /// <c>JournalUnwritable</c>.</exception>
    public async Task<int> RunAsync(ServiceInstance instance, IReadOnlyList<string> command, string? user,
        CancellationToken cancellationToken)
    {
        if (!IsThere)
            throw ReachErrors.TerminalMissing.Make("A program in a terminal was asked for, and this session's input or output is no "
                + "terminal.",
                "Run it at a prompt. Without one, use Invoke-OpsServiceCommand, which takes text as input and gives lines back.",
                    instance.Name);
        ProgramCall call = context.Platform()
            .ProgramIn(instance, new ProgramCall(command[0], [.. command.Skip(1)]), new ProgramSeat(user, Terminal: true));
        await using IJournaledChange journal = await context.Journal.BeginAsync(Action, "service/" + instance.Service,
            new Dictionary<string, string>
        {
            ["instance"] = instance.Name, ["command"] = CommandText.Of(command),
        }).ConfigureAwait(false);
        try
        {
            int exitCode = await ProgramRunner.RunInTerminalAsync(call, cancellationToken).ConfigureAwait(false);
            await journal.CompleteAsync($"exit code {exitCode}").ConfigureAwait(false);
            return exitCode;
        }
        catch (Exception e)
        {
            await journal.FailAsync(e, Action, $"{CommandText.Program(command)} was let go; it may go on in {instance.Name}.")
                .ConfigureAwait(false);
            throw;
        }
    }
}
