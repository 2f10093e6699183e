using System.Text.Json.Serialization;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Changes.Plans;

/// <summary>What a change will do, complete and immutable: it can be shown, kept in a file, approved, and run later or by another person.</summary>
/// <remarks>It holds no secret, and nothing that one could be guessed from.</remarks>
public sealed record ChangePlan : IEnvironmentRecord, IVerdict
{
    bool IVerdict.IsBad() => Holds is false;

    /// <summary>The environment that it is for.</summary>
    public required string Environment { get; init; }

    /// <summary>The kind of change, for example <c>service.stop</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The version of the kind's arguments.</summary>
    public int Format { get; init; } = 1;

    /// <summary>The cmdlet that plans it.</summary>
    public required string Action { get; init; }

    /// <summary>What is changed.</summary>
    public required string Target { get; init; }

    /// <summary>What is changed, in words, for the question before it; null for the target's own words.</summary>
    public string? Subject { get; init; }

    /// <summary>What will be done, in a sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>What the kind needs to do it, by name.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();

    /// <summary>Its steps, in their order.</summary>
    public IReadOnlyList<PlannedStep> Steps { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What must still be as it was when the change begins.</summary>
    public IReadOnlyList<PlanIdentity> Identities { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What people want to know: rows, bytes, times. It is shown and never compared.</summary>
    public IReadOnlyList<PlanFigure> Figures { get; init => field = PlainList.Of(value); } = [];

    /// <summary>What people should know before they agree.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = PlainList.Of(value); } = [];

    /// <summary>True when nothing brings back what it takes away.</summary>
    public bool Irreversible { get; init; }

    /// <summary>How it can be undone afterwards, in a sentence; null when it cannot.</summary>
    public string? Undo { get; init; }

    /// <summary>The changes that it is made of, in their order; empty for a change of one kind.</summary>
    public IReadOnlyList<ChangePlan> Parts { get; init => field = PlainList.Of(value); } = [];

    /// <summary>When it was made, UTC.</summary>
    public DateTimeOffset PlannedAt { get; init; }

    /// <summary>SHA-256, in hexadecimal, over what will be done and what must hold. Two plans with one hash do the same.</summary>
    public string Hash => PlanHash.Of(this);

    /// <summary>Whether what must hold does so now; null where nobody has looked.</summary>
    [JsonIgnore]
    public bool? Holds { get; init; }

    /// <summary>What has moved since it was made, in words; empty where nobody has looked.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Moved { get; init => field = PlainList.Of(value); } = [];

    /// <summary>The plan, with what was found when somebody looked whether it holds.</summary>
    public ChangePlan Seen(IReadOnlyList<string> moved) => this with { Holds = moved.Count == 0, Moved = moved };

    object IEnvironmentRecord.In(string environment) => this;

    /// <inheritdoc/>
    public override string ToString() => $"{Summary} ({Target})";
}

/// <summary>One step of a plan.</summary>
/// <param name="Name">As it will stand in the journal, in kebab-case.</param>
/// <param name="Text">What it does, in words.</param>
public sealed record PlannedStep(string Name, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>Something that must be the same when the change begins as it was when it was planned.</summary>
/// <param name="Name">What it is, in words: <c>containers of api</c>.</param>
/// <param name="Value">What it was.</param>
public sealed record PlanIdentity(string Name, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Value}";
}

/// <summary>A figure for people.</summary>
/// <param name="Name">What it is of, in words.</param>
/// <param name="Value">The figure with its unit.</param>
public sealed record PlanFigure(string Name, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Value}";
}
