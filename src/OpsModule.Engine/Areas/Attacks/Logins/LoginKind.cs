namespace OpsModule.Engine.Areas.Attacks.Logins;

/// <summary>What a line says of a login that failed.</summary>
internal enum LoginKind
{
    /// <summary>One login, or so many, that failed.</summary>
    Attempt,
    /// <summary>Something that comes before the line of an attempt, or instead of it.</summary>
    Sign,
    /// <summary>The end of a connection: it counts where nothing else did.</summary>
    End,
    /// <summary>How many there were in all.</summary>
    Total,
}
