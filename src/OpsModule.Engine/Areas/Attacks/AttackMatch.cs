using OpsModule.Engine.Areas.Attacks.Logins;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks;

/// <summary>A rule that matched a line.</summary>
public sealed record AttackMatch : IAlertSource, IEnvironmentRecord, IVerdict
{
    // What a list of allowed things lets through is nobody's attack.
    bool IVerdict.IsBad() => AllowedBy is null && Severity is (AttackSeverity.High or AttackSeverity.Critical);

    /// <summary>The environment that it is of; null where that is not known.</summary>
    public string? Environment { get; init; }

    object IEnvironmentRecord.In(string environment) => this with { Environment = environment };

    /// <summary>The rule.</summary>
    public required string Rule { get; init; }

    /// <summary>What kind of attack.</summary>
    public required AttackCategory Category { get; init; }

    /// <summary>How grave, with the outcome of the request.</summary>
    public required AttackSeverity Severity { get; init; }

    /// <summary>How sure.</summary>
    public required AttackConfidence Confidence { get; init; }

    /// <summary>When, UTC, as the line or the platform says; null where neither does.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The file, or the instance of a service.</summary>
    public required string Source { get; init; }

    /// <summary>The line's number there, from 1; 0 where lines are not counted from the beginning.</summary>
    public long Line { get; internal set; }

    /// <summary>Where the line begins, in bytes of the uncompressed source; -1 where that cannot be told.</summary>
    public long ByteOffset { get; init; } = -1;

    /// <summary>How many logins that failed the line stands for; 1 for everything else.</summary>
    public int Attempts { get; init; } = 1;

    /// <summary>What the line says of a login, for lines of programs that write several about one.</summary>
    internal LoginLine? Login { get; init; }

    /// <summary>Who asked.</summary>
    public string? ClientAddress { get; init; }

    /// <summary>The tenant.</summary>
    public string? Tenant { get; init; }

    /// <summary>The method of the request.</summary>
    public string? Method { get; init; }

    /// <summary>The path of the request, as written, without the query.</summary>
    public string? Path { get; init; }

    /// <summary>The status of the answer.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The program that asked, as it calls itself.</summary>
    public string? UserAgent { get; init; }

    /// <summary>What matched, after decoding, at most 200 characters.</summary>
    public required string MatchedText { get; init; }

    /// <summary>What was undone before it matched, for example <c>url, sql comments</c>; empty when it stood there plainly.</summary>
    public IReadOnlyList<string> DecodedFrom { get; init => field = PlainList.Of(value); } = [];

    /// <summary>MITRE ATT&amp;CK technique.</summary>
    public string? Mitre { get; init; }

    /// <summary>OWASP Top Ten entry.</summary>
    public string? Owasp { get; init; }

    /// <summary>What it means, in a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The line as it stands in the log, cut at 4,000 bytes; what is no UTF-8 has been replaced.</summary>
    public required string Raw { get; init; }

    /// <summary>Why the rule matched, where that was asked for.</summary>
    public AttackExplanation? Explanation { get; init; }

    /// <summary>The entry of the allow-list that lets it pass, where matches of that kind were asked for; it is no attack then.</summary>
    public string? AllowedBy { get; init; }

    Alert IAlertSource.ToAlert() => AttackAlerts.Of(this);

    /// <inheritdoc/>
    public override string ToString() => $"{Rule}: {MatchedText}";
}
