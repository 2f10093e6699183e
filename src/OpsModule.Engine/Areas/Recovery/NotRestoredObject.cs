namespace OpsModule.Engine.Areas.Recovery;

/// <summary>An object without rows of its own that the server refused to make.</summary>
/// <param name="Kind">What it is, as pg_dump calls it: <c>INDEX</c>, <c>MATERIALIZED VIEW</c>, <c>FK CONSTRAINT</c> ...</param>
/// <param name="Name">Its name, with its schema; of a constraint or trigger with its table.</param>
/// <param name="Message">What the server said.</param>
public sealed record NotRestoredObject(string Kind, string Name, string Message)
{
    /// <summary>In words: <c>INDEX app.i (function helper(text) does not exist)</c>.</summary>
    public override string ToString() => $"{Kind} {Name} ({Message})";
}
