using OpsModule.Connections.Postgres;
using OpsModule.Connections.Postgres.Archives;

namespace OpsModule.Engine.Areas.Recovery.Archives;

/// <summary>The statements of a script that pg_restore wrote of one entry.</summary>
/// <param name="Entry">The archive's entry they come from.</param>
/// <param name="Settings">Settings they need, such as <c>SET default_tablespace</c>; they hold for the entries after it, too.</param>
/// <param name="Body">The statements.</param>
internal sealed record ScriptPart(ArchiveEntry Entry, string Settings, string Body)
{
    /// <summary>The check of the entry's table or domain that is added by it, as SQL; null for the entry itself.</summary>
    public string? Constraint { get; init; }

    /// <summary>Its SQL.</summary>
    public string Sql => Settings + Body;
}

/// <summary>A script in parts: settings first, then one part for each entry.</summary>
/// <param name="Preamble">Settings that every part needs.</param>
/// <param name="Parts">The parts in order.</param>
internal sealed record PartedScript(string Preamble, IReadOnlyList<ScriptPart> Parts);
