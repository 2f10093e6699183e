namespace OpsModule.Engine.Areas.Attacks.Sigma;

/// <summary>What of a request a Sigma field is.</summary>
internal enum SigmaPart
{
    Url,
    Stem,
    Query,
    Agent,
    Referrer,
    User,
    /// <summary>Anywhere in the line.</summary>
    Line,
    Method,
    Status,
    Client,
}

/// <summary>How a value is meant.</summary>
internal enum SigmaMode
{
    Equals,
    Contains,
    Starts,
    Ends,
    Regex,
}

/// <summary>A value that is looked for, in small letters; <c>*</c> and <c>?</c> stand for any characters, with a backslash before them for themselves.</summary>
internal sealed record SigmaValue(SigmaMode Mode, string Text);

/// <summary>One part of a request that has one of some values.</summary>
internal sealed record SigmaAtom(SigmaPart Part, IReadOnlyList<SigmaValue> Values);

/// <summary>What a Sigma condition comes to.</summary>
internal abstract record SigmaNode;

internal sealed record SigmaIs(SigmaAtom Atom) : SigmaNode;

internal sealed record SigmaNot(SigmaNode Node) : SigmaNode;

internal sealed record SigmaAll(IReadOnlyList<SigmaNode> Nodes) : SigmaNode;

internal sealed record SigmaAny(IReadOnlyList<SigmaNode> Nodes) : SigmaNode;

/// <summary>A Sigma rule, or a part of it, that this module has no words for.</summary>
internal sealed class SigmaRefusedException(string message) : Exception(message);
