using OpsModule.Engine;

namespace OpsModule.Host.Running;

/// <summary>Where a run says what is not an object: the terminal, or a list in a test.</summary>
internal interface IConsole
{
    void Error(OpsException error);

    void Warning(string message);

    void Verbose(string message);

    void WhatIf(string message);

    void Progress(OpsProgress progress);

    /// <summary>Asks a person; null when there is none.</summary>
    char? Ask(string question, string choices);
}
