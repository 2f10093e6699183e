namespace OpsModule.Host.Language;

/// <summary>One element of a command: a parameter's name, or a value.</summary>
internal abstract record Element;

/// <summary><c>-Name</c>, with its value when that was attached by a colon.</summary>
internal sealed record NameElement(string Name, ValueElement? Attached) : Element;

/// <summary>A value: a string, a bool, null, a <c>List&lt;object?&gt;</c> or a <c>Hashtable</c>.</summary>
internal sealed record ValueElement(object? Value) : Element;

/// <summary>One command of a pipeline as written.</summary>
internal sealed record CommandCall(string Name, IReadOnlyList<Element> Elements)
{
    /// <summary>The pipelines of <c>&amp; { ... }</c>, whose objects go on one after another; null for a command.</summary>
    public IReadOnlyList<IReadOnlyList<CommandCall>>? Block { get; init; }
}

/// <summary>Turns tokens into pipelines of commands.</summary>
internal sealed class PipelineParser(IReadOnlyList<Token> tokens)
{
    private int _at;

    /// <summary>Parses a text of one or more pipelines.</summary>
    public static IReadOnlyList<IReadOnlyList<CommandCall>> Parse(string text) => new PipelineParser(Tokenizer.Read(text)).ParseAll();

    /// <summary>Parses a command line that the shell has split.</summary>
    public static IReadOnlyList<IReadOnlyList<CommandCall>> Parse(IReadOnlyList<string> arguments) =>
        arguments.Count == 1 ? Parse(arguments[0]) : new PipelineParser(Tokenizer.Read(arguments)).ParseAll();

    private Token? Next => _at < tokens.Count ? tokens[_at] : null;

    private List<IReadOnlyList<CommandCall>> ParseAll(bool inBlock = false)
    {
        var pipelines = new List<IReadOnlyList<CommandCall>>();
        while (true)
        {
            while (Next?.Kind == TokenKind.Separator) _at++;
            if (Next is null || (inBlock && Next.Kind == TokenKind.CloseTable)) break;
            pipelines.Add(ParsePipeline(inBlock));
        }
        return pipelines.Count > 0 ? pipelines : throw new UsageException("There is no command in it.");
    }

    private List<CommandCall> ParsePipeline(bool inBlock)
    {
        var commands = new List<CommandCall> { Next?.Kind == TokenKind.OpenBlock ? ParseBlock() : ParseCommand(inBlock) };
        while (Next?.Kind == TokenKind.Pipe)
        {
            _at++;
            while (Next is { Kind: TokenKind.Separator, Text: "\n" }) _at++;
            commands.Add(ParseCommand(inBlock));
        }
        return commands;
    }

    private CommandCall ParseBlock()
    {
        _at++;
        List<IReadOnlyList<CommandCall>> inner = ParseAll(inBlock: true);
        if (Next?.Kind != TokenKind.CloseTable) throw new UsageException("A block that begins with & { has no closing }.");
        _at++;
        return new CommandCall("& { }", []) { Block = inner };
    }

    private CommandCall ParseCommand(bool inBlock)
    {
        if (Next is not { Kind: TokenKind.Text } name)
            throw new UsageException(Next is null ? "A command is missing at the end." : $"A command was expected, '{Next.Text}' was found.");
        _at++;
        var elements = new List<Element>();
        while (Next is { } token && token.Kind is not (TokenKind.Pipe or TokenKind.Separator) && !(inBlock && token.Kind == TokenKind.CloseTable))
        {
            if (token.Kind != TokenKind.Parameter) { elements.Add(ParseValue()); continue; }
            _at++;
            elements.Add(new NameElement(token.Text, token.Attached ? ParseValue() : null));
        }
        return new CommandCall(name.Text, elements);
    }

    private ValueElement ParseValue()
    {
        object? first = ParseItem();
        if (Next?.Kind != TokenKind.Comma) return new ValueElement(first);
        var list = new List<object?> { first };
        while (Next?.Kind == TokenKind.Comma)
        {
            _at++;
            list.Add(ParseItem());
        }
        return new ValueElement(list);
    }

    private object? ParseItem()
    {
        Token token = Next ?? throw new UsageException("A value is missing at the end. ($true and $false must be quoted for the shell: '-Confirm:$false'.)");
        _at++;
        switch (token.Kind)
        {
            case TokenKind.Text:
                string text = token.Text;
                // 'a'b is one word, as it is in a shell.
                while (Next is { Kind: TokenKind.Text, Adjoining: true } more) { text += more.Text; _at++; }
                return text;
            case TokenKind.Variable: return Variable(token.Text);
            case TokenKind.OpenTable: return ParseTable();
            default: throw new UsageException($"A value was expected, '{token.Text}' was found.");
        }
    }

    private System.Collections.Hashtable ParseTable()
    {
        var table = new System.Collections.Hashtable(StringComparer.OrdinalIgnoreCase);
        while (true)
        {
            while (Next?.Kind == TokenKind.Separator) _at++;
            if (Next is null) throw new UsageException("A table that begins with @{ has no closing }.");
            if (Next.Kind == TokenKind.CloseTable) { _at++; return table; }
            if (ParseItem() is not string key || Next?.Kind != TokenKind.Equal) throw new UsageException("A table is written @{ key = 'value'; other = 'value' }.");
            _at++;
            table[key] = ParseValue().Value;
        }
    }

    private static object? Variable(string name) => name.ToLowerInvariant() switch
    {
        "true" => true,
        "false" => false,
        "null" => null,
        _ when name.StartsWith("env:", StringComparison.OrdinalIgnoreCase) => Environment.GetEnvironmentVariable(name[4..]),
        _ => throw new UsageException($"${name}: only $true, $false, $null and $env:NAME are known here; other variables need PowerShell."),
    };
}
