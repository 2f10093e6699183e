namespace OpsModule.Connections.Postgres.Scripts;

/// <summary>A statement of a script, or a command to psql in it.</summary>
/// <param name="Bytes">What stands there, in the script's encoding, without the comments before it. Reused when the next one is
/// read.</param>
/// <param name="Line">The line that it begins in, counted from 1.</param>
/// <param name="IsCommand">True for a command to psql: it begins with a backslash and ends with its line.</param>
public readonly record struct ScriptPiece(ReadOnlyMemory<byte> Bytes, long Line, bool IsCommand);
