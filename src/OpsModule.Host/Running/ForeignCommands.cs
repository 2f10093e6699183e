using System.Collections;
using System.Text.RegularExpressions;
using OpsModule.Host.Binding;
using OpsModule.Host.Language;
using OpsModule.Host.Writing;

namespace OpsModule.Host.Running;

/// <summary>The few commands of PowerShell that `ops` knows beside the module's own.</summary>
internal static class ForeignCommands
{
    public static IStage? Make(CommandCall call, Action<object> next, PipelineRun run) => call.Name.ToLowerInvariant() switch
    {
        "select-object" or "select" => new SelectStage(Arguments.Read(call, ["Property"], ["First", "Property"], []), next),
        "where-object" or "where" or "?" => new WhereStage(Arguments.Read(call, ["Property", "Operator", "Value"], ["Property", "Value"], WhereStage.Operators), next),
        "convertto-json" => new JsonStage(Arguments.Read(call, ["Depth"], ["Depth"], ["Compress", "AsArray", "EnumsAsStrings"]), next, run),
        "format-table" or "ft" => new FormatStage(Arguments.Read(call, ["Property"], ["Property"], ["AutoSize", "Wrap"]), next, table: true),
        "format-list" or "fl" => new FormatStage(Arguments.Read(call, ["Property"], ["Property"], []), next, table: false),
        _ => null,
    };
}

/// <summary>The arguments of a foreign command, by parameter name.</summary>
internal sealed class Arguments : Dictionary<string, object?>
{
    private Arguments() : base(StringComparer.OrdinalIgnoreCase) { }

    public static Arguments Read(CommandCall call, string[] positions, string[] named, string[] switches)
    {
        var arguments = new Arguments();
        int position = 0;
        for (int i = 0; i < call.Elements.Count; i++)
        {
            if (call.Elements[i] is ValueElement value)
            {
                // Where-Object's operator stands between its property and its value.
                while (position < positions.Length && (arguments.ContainsKey(positions[position]) || positions[position] == "Operator")) position++;
                if (position >= positions.Length) throw new UsageException($"{call.Name}: '{ValueConverter.Text(value.Value)}' is one value too many.");
                arguments[positions[position]] = value.Value;
                continue;
            }
            var name = (NameElement)call.Elements[i];
            string[] found = [.. named.Concat(switches).Where(n => n.Equals(name.Name, StringComparison.OrdinalIgnoreCase))];
            if (found.Length == 0) found = [.. named.Concat(switches).Where(n => n.StartsWith(name.Name, StringComparison.OrdinalIgnoreCase))];
            if (found.Length != 1) throw new UsageException($"{call.Name}: -{name.Name} is not known here; it has {string.Join(", ", named.Concat(switches).Select(n => "-" + n))}.");
            if (switches.Contains(found[0])) arguments[found[0]] = name.Attached is null || ValueConverter.IsTrue(name.Attached.Value ?? false);
            else if (name.Attached is not null) arguments[found[0]] = name.Attached.Value;
            else if (i + 1 < call.Elements.Count && call.Elements[i + 1] is ValueElement next) { arguments[found[0]] = next.Value; i++; }
            else throw new UsageException($"{call.Name}: -{found[0]} needs a value.");
        }
        return arguments;
    }

    public bool Has(string name) => this.GetValueOrDefault(name) is true;

    public int? Number(string name)
    {
        if (!TryGetValue(name, out object? value)) return null;
        return ValueConverter.TryConvert(value, typeof(int), out object? number) && number is int and >= 0
            ? (int)number
            : throw new UsageException($"-{name} '{ValueConverter.Text(value)}' is not a number from 0 upwards.");
    }

    public string[]? Names(string name) =>
        TryGetValue(name, out object? value) ? [.. (value is IList list ? list.Cast<object?>() : [value]).Select(ValueConverter.Text)] : null;
}

/// <summary>Select-Object -First, -Property.</summary>
internal sealed class SelectStage(Arguments arguments, Action<object> next) : IStage
{
    private readonly int? _first = arguments.Number("First");
    private readonly string[]? _properties = arguments.Names("Property");
    private int _seen;

    public void Begin()
    {
        if (_first == 0) throw new StopUpstreamException(this);
    }

    public void Process(object? input)
    {
        if (input is null) return;
        next(_properties is null ? input : Project(input, _properties));
        if (++_seen == _first) throw new StopUpstreamException(this);
    }

    public void End() { }

    private static PropertyBag Project(object input, string[] properties)
    {
        var bag = new PropertyBag();
        foreach (string name in properties)
        {
            if (name.Contains('*')) bag.AddRange(ObjectProperties.Of(input).Where(p => Wildcard.Matches(p.Key, name) && !bag.Exists(b => b.Key == p.Key)));
            else bag.Add(KeyValuePair.Create(name, ObjectProperties.TryGet(input, name, out object? value) ? value : null));
        }
        return bag;
    }
}

/// <summary>Where-Object Property -op value.</summary>
internal sealed class WhereStage : IStage
{
    public static readonly string[] Operators = ["eq", "ne", "gt", "ge", "lt", "le", "like", "notlike", "match", "notmatch", "contains", "notcontains", "in", "notin", "not"];

    private readonly string _property;
    private readonly string? _operator;
    private readonly object? _value;
    private readonly Action<object> _next;

    public WhereStage(Arguments arguments, Action<object> next)
    {
        _property = arguments.Names("Property")?.Single() ?? throw new UsageException("Where-Object needs a property: Where-Object Passed -eq $false");
        _operator = Operators.SingleOrDefault(arguments.Has);
        _value = arguments.GetValueOrDefault("Value");
        if (_operator is not (null or "not") && !arguments.ContainsKey("Value")) throw new UsageException($"Where-Object {_property} -{_operator} needs a value.");
        _next = next;
    }

    public void Begin() { }

    public void End() { }

    public void Process(object? input)
    {
        if (input is null) return;
        ObjectProperties.TryGet(input, _property, out object? actual);
        if (Test(actual)) _next(input);
    }

    private bool Test(object? actual) => _operator switch
    {
        null => Truthy(actual),
        "not" => !Truthy(actual),
        "eq" => Compare(actual, _value) == 0,
        "ne" => Compare(actual, _value) != 0,
        "gt" => Compare(actual, _value) > 0,
        "ge" => Compare(actual, _value) >= 0,
        "lt" => Compare(actual, _value) is < 0 and not int.MinValue,
        "le" => Compare(actual, _value) is <= 0 and not int.MinValue,
        "like" => Wildcard.Matches(ValueConverter.Text(actual), ValueConverter.Text(_value)),
        "notlike" => !Wildcard.Matches(ValueConverter.Text(actual), ValueConverter.Text(_value)),
        "match" => Regex.IsMatch(ValueConverter.Text(actual), ValueConverter.Text(_value), RegexOptions.IgnoreCase),
        "notmatch" => !Regex.IsMatch(ValueConverter.Text(actual), ValueConverter.Text(_value), RegexOptions.IgnoreCase),
        "contains" => Items(actual).Any(item => Compare(item, _value) == 0),
        "notcontains" => !Items(actual).Any(item => Compare(item, _value) == 0),
        "in" => Items(_value).Any(item => Compare(actual, item) == 0),
        _ => !Items(_value).Any(item => Compare(actual, item) == 0),
    };

    private static IEnumerable<object?> Items(object? value) => value is IEnumerable many and not string and not IDictionary ? many.Cast<object?>() : [value];

    private static bool Truthy(object? value) => value switch
    {
        null or false or "" => false,
        string => true,
        IList list => list.Count > 1 || (list.Count == 1 && Truthy(list[0])),
        Enum e => Convert.ToInt64(e) != 0,
        IConvertible number and not DateTime and not char => number.ToDouble(null) != 0,
        _ => true,
    };

    /// <summary>Compares as PowerShell does: the right side becomes the left side's type. MinValue where they cannot be compared.</summary>
    private static int Compare(object? left, object? right)
    {
        if (left is null || right is null) return left is null && right is null ? 0 : left is null ? int.MinValue : 1;
        if (!ValueConverter.TryConvert(right, left.GetType(), out object? same)) return int.MinValue;
        if (left is string text) return string.Compare(text, (string?)same, StringComparison.OrdinalIgnoreCase) is var order && order < 0 ? -1 : Math.Sign(order);
        if (left is IComparable comparable) return Math.Sign(comparable.CompareTo(same));
        return left.Equals(same) ? 0 : int.MinValue;
    }
}

/// <summary>ConvertTo-Json.</summary>
internal sealed class JsonStage(Arguments arguments, Action<object> next, PipelineRun run) : IStage
{
    private readonly int _depth = arguments.Number("Depth") ?? 2;
    private readonly List<object> _objects = [];

    public void Begin() { }

    public void Process(object? input)
    {
        if (input is not null) _objects.Add(input);
    }

    public void End()
    {
        if (_objects.Count == 0) return;
        var writer = new JsonWriter(_depth, arguments.Has("Compress"), arguments.Has("EnumsAsStrings"));
        next(_objects.Count == 1 && !arguments.Has("AsArray") ? writer.Write(_objects[0]) : writer.Write(_objects));
        if (writer.Truncated) run.Console.Warning($"Resulting JSON is truncated as serialization has exceeded the set depth of {_depth}.");
    }
}

/// <summary>Format-Table and Format-List: emits lines of text.</summary>
internal sealed class FormatStage(Arguments arguments, Action<object> next, bool table) : IStage
{
    private readonly TableWriter _writer = new(line => next(line), TerminalSize.Width, ViewCatalog.Default)
    {
        Properties = arguments.Names("Property"),
        Form = table ? ViewForm.Table : ViewForm.List,
        Wrap = arguments.Has("Wrap"),
    };

    public void Begin() { }

    public void Process(object? input)
    {
        if (input is not null) _writer.Write(input);
    }

    public void End() => _writer.End();
}
