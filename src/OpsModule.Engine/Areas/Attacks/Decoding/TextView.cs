namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>How a text is looked at by a rule: the <c>decode:</c> of a rule.</summary>
public enum TextView
{
    /// <summary>
    /// URL, HTML and backslash layers undone until there are none, longer and look-alike forms of characters made plain, small letters,
    /// every run of blanks and control characters one blank.
    /// </summary>
    Text,
    /// <summary>As written; only the letters are small.</summary>
    Raw,
    /// <summary><see cref="Text"/>, with SQL comments as blanks, CHAR() and 0x as text, and concatenated texts as one.</summary>
    Sql,
    /// <summary><see cref="Text"/>, with / for \, without repeated slashes and /./.</summary>
    Path,
    /// <summary><see cref="Text"/>, without the quotes, backslashes and variables that a shell takes out of words.</summary>
    Shell,
    /// <summary><see cref="Text"/> without any blank, with log4j's nested lookups resolved.</summary>
    Lookup,
    /// <summary><see cref="Text"/> without any blank and without comments: what a browser ignores inside of words.</summary>
    Script,
}
