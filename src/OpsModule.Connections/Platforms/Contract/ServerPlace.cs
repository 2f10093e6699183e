using OpsModule.Foundations.Processes;

namespace OpsModule.Connections.Platforms.Contract;

/// <summary>Where a server is that a platform runs: how its port is reached from here, and how a program is run beside it.</summary>
/// <param name="Id">The instance it runs in.</param>
/// <param name="Host">Address that reaches its port from here.</param>
/// <param name="Port">The port there.</param>
/// <param name="ProgramIn">Makes of a call one that runs inside. The values of its environment are in no argument.</param>
public sealed record ServerPlace(string Id, string Host, int Port, Func<ProgramCall, ProgramCall> ProgramIn);
