using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Compose;

/// <summary>A service's running container: how to reach its port, and how to run a program inside.</summary>
/// <param name="Id">The container's id.</param>
/// <param name="Image">The image it runs.</param>
/// <param name="Host">Address that reaches the service's port from here.</param>
/// <param name="Port">The port there.</param>
public sealed record ContainerAddress(string Id, string Image, string Host, int Port)
{
    /// <summary>
    /// Runs a program inside. The values of the environment go through the docker client's own environment, never through an argument.
    /// </summary>
    public ProgramCall Exec(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string?> environment)
    {
        var call = new List<string> { "exec", "-i" };
        foreach ((string name, string? value) in environment)
            if (value is not null) call.AddRange(["-e", name]);
        call.Add(Id);
        call.Add(program);
        call.AddRange(arguments);
        return new ProgramCall("docker", call) { Environment = environment };
    }
}
