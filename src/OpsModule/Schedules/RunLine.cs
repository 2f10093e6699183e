using System.Management.Automation;
using System.Management.Automation.Language;

namespace OpsModule.Schedules;

/// <summary>The line of an entry, as PowerShell's own parser reads it.</summary>
internal sealed class RunLine
{
    private readonly ScriptBlockAst _tree;

    private RunLine(ScriptBlockAst tree, string? problem) => (_tree, Problem) = (tree, problem);

    /// <summary>Why it cannot be run, in a sentence without its end; null when it can.</summary>
    public string? Problem { get; }

    /// <summary>The commands in it, in their order; those whose names are known only when it runs are not there.</summary>
    public IReadOnlyList<CommandAst> Commands =>
        [.. _tree.FindAll(t => t is CommandAst c && c.GetCommandName() is not null, searchNestedScriptBlocks: true).Cast<CommandAst>()];

    /// <summary>Functions that it makes itself.</summary>
    public IReadOnlyList<string> Functions =>
        [.. _tree.FindAll(t => t is FunctionDefinitionAst, searchNestedScriptBlocks: true).Cast<FunctionDefinitionAst>()
            .Select(f => f.Name)];

    public static RunLine Parse(string text)
    {
        ScriptBlockAst tree = Parser.ParseInput(text, out _, out ParseError[] errors);
        if (errors.Length > 0)
            return new RunLine(tree, $"PowerShell does not understand it, at character {errors[0].Extent.StartOffset + 1}: "
                + $"{errors[0].Message.TrimEnd('.')}");
        if (tree.EndBlock is not { Statements.Count: > 0 } || tree.ParamBlock is not null || tree.BeginBlock is not null
            || tree.ProcessBlock is not null)
            return new RunLine(tree, "it holds no command");
        // It would end the session before anything is noted.
        return new RunLine(tree, tree.Find(t => t is ExitStatementAst, searchNestedScriptBlocks: true) is null ? null
            : "exit would end the session, and nobody would note how the run went; throw ends the line alone");
    }

    /// <summary>The line to run.</summary>
    public ScriptBlock ToScript() => _tree.GetScriptBlock();
}
