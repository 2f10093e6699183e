namespace OpsModule.Connections.Platforms.Contract;

/// <summary>How a program sits in an instance.</summary>
/// <param name="User">Who runs it; null for the instance's user.</param>
/// <param name="Terminal">True gives it the terminal of whoever calls.</param>
public sealed record ProgramSeat(string? User = null, bool Terminal = false);
