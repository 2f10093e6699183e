using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Areas.Services;

/// <summary>Runs programs in services, and journals that they were run.</summary>
public sealed class ServiceCommand(OpsContext context, IServicePlatform platform)
{
    private const string Action = "Invoke-OpsServiceCommand";

    /// <summary>The instance to run in: the one named, or the first that is ready, or that runs at least.</summary>
    /// <exception cref="OpsException"><c>InstanceNotFound</c>, <c>ServiceNotRunning</c>.</exception>
    public static ServiceInstance Choose(ServiceRecord service, string? instance)
    {
        if (instance is not null)
            return service.Instances.FirstOrDefault(i => i.Name == instance || i.Id == instance || (instance.Length >= 12 && i.Id.StartsWith(instance, StringComparison.Ordinal)))
                ?? throw new OpsException("InstanceNotFound", OpsErrorCategory.ObjectNotFound, $"{service.Name} has no instance {instance}.",
                    service.Instances.Count == 0 ? "Start the service first." : $"There are: {string.Join(", ", service.Instances)}.", instance);
        return service.Instances.Where(i => i.State == InstanceState.Running).OrderByDescending(i => i.IsReady).FirstOrDefault()
            ?? throw new OpsException("ServiceNotRunning", OpsErrorCategory.ResourceUnavailable, $"No instance of {service.Name} runs: {ServiceText.Of(service)}.",
                $"Start it first: Start-OpsService {service.Name}.", service);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="instance">Where.</param>
    /// <param name="request">What.</param>
    /// <param name="emit">Takes each line it writes.</param>
    /// <param name="cancellationToken">Lets go of it.</param>
    /// <exception cref="OpsException"><c>CommandFailed</c> with the exit code when it is not 0; the target is the <see cref="CommandResult"/>.</exception>
    public async Task<CommandResult> RunAsync(ServiceInstance instance, ExecuteRequest request, Action<CommandOutput> emit, CancellationToken cancellationToken)
    {
        await using IJournaledChange journal = await context.Journal.BeginAsync(Action, "service/" + instance.Service, new Dictionary<string, string>
        {
            ["instance"] = instance.Name, ["command"] = CommandText.Of(request.Command),
        }).ConfigureAwait(false);
        try
        {
            CommandResult result = await ExecuteAsync(instance, request, emit, cancellationToken).ConfigureAwait(false);
            if (result.ExitCode != 0)
                throw new OpsException("CommandFailed", OpsErrorCategory.InvalidOperation, $"{CommandText.Program(request.Command)} in {instance.Name} ended with exit code {result.ExitCode}; 0 was expected.",
                    "Mend what it reports, then run the command again.", result);
            await journal.CompleteAsync("exit code 0").ConfigureAwait(false);
            return result;
        }
        catch (Exception e)
        {
            await journal.FailAsync(e, Action, $"{CommandText.Program(request.Command)} may go on in {instance.Name}: the engine has no way of stopping it.").ConfigureAwait(false);
            throw;
        }
    }

    private async Task<CommandResult> ExecuteAsync(ServiceInstance instance, ExecuteRequest request, Action<CommandOutput> emit, CancellationToken cancellationToken)
    {
        var output = new LineDecoder(line => emit(new CommandOutput(instance.Service, instance.Name, OutputStream.Output, line)));
        var errors = new LineDecoder(line => emit(new CommandOutput(instance.Service, instance.Name, OutputStream.Error, line)));
        long start = context.Time.GetTimestamp();
        int exitCode;
        try
        {
            exitCode = await platform.ExecuteAsync(instance, request, (isError, bytes) =>
            {
                (isError ? errors : output).Take(bytes.Span);
                return ValueTask.CompletedTask;
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (OpsException e) when (!CommandText.IsProgram(request.Command[0]))
        {
            // What a runtime says of it holds the whole text again, and that may hold a password.
            throw new OpsException(e.ErrorId, e.Category, $"What was given as the program could not be run in {instance.Name}: it looks like a whole command line, beginning with {CommandText.Program(request.Command)}.",
                "Give the program and each of its arguments by itself, separated by commas: -Command psql, '-c', 'SELECT 1'.", instance.Name);
        }
        output.Finish();
        errors.Finish();
        return new CommandResult(instance.Service, instance.Name, request.Command, exitCode, context.Time.GetElapsedTime(start));
    }
}
