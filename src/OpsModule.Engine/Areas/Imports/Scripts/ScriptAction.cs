namespace OpsModule.Engine.Areas.Imports.Scripts;

/// <summary>What is to be done with a statement of a dump.</summary>
internal enum ScriptAction
{
    /// <summary>Run by the role that may do no more than the dump needs.</summary>
    Run,
    /// <summary>The same, and the rows that follow go with it.</summary>
    CopyRows,
    /// <summary>Passed over: it is done otherwise, or means nothing here.</summary>
    Skip,
    /// <summary>Tells the encoding of what follows.</summary>
    Encoding,
    /// <summary>Makes the database that the rest goes into.</summary>
    CreateDatabase,
    /// <summary>Makes an extension, in words of our own.</summary>
    Extension,
    /// <summary>Gives something to its owner, which only a superuser may for everybody.</summary>
    Owner,
}
