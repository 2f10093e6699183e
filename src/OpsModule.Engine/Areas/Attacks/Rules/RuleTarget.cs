namespace OpsModule.Engine.Areas.Attacks.Rules;

/// <summary>Which part of a line a rule looks at: the <c>target:</c> of a rule.</summary>
[Flags]
public enum RuleTarget
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>The path of a request.</summary>
    Path = 1,
    /// <summary>The query of a request.</summary>
    Query = 1 << 1,
    /// <summary>The referring page.</summary>
    Referrer = 1 << 2,
    /// <summary>The program that asked.</summary>
    Agent = 1 << 3,
    /// <summary>The user's name.</summary>
    User = 1 << 4,
    /// <summary>A request line that is no HTTP.</summary>
    Malformed = 1 << 5,
    /// <summary>What a line says: its message, or the whole of a plain line.</summary>
    Message = 1 << 6,
    /// <summary>Any other text of a structured line.</summary>
    Field = 1 << 7,
    /// <summary>A statement that a database server or an application has logged. Only a rule that names it looks there.</summary>
    Statement = 1 << 8,
    /// <summary>The whole address of a request as it was asked for, path and query. Only a rule that names it looks there.</summary>
    Url = 1 << 9,
    /// <summary>The whole line as it is written, as grep sees it. Only a rule that names it looks there, at nothing else, and without decoding.</summary>
    Line = 1 << 10,
    /// <summary>Path, query and what is no HTTP.</summary>
    Request = Path | Query | Malformed,
    /// <summary>What a client says about itself.</summary>
    Header = Referrer | Agent | User,
    /// <summary>Message and fields.</summary>
    Text = Message | Field,
    /// <summary>All but statements.</summary>
    Any = Request | Header | Text,
}
