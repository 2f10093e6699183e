using System.Collections;
using System.Management.Automation;
using OpsModule.Engine.Environments;
using OpsModule.Host.Language;
using OpsModule.Host.Metadata;

namespace OpsModule.Host.Binding;

/// <summary>Binds a command's arguments, and then each piped object, to the parameters of one cmdlet instance.</summary>
internal sealed class ParameterBinder
{
    private readonly CmdletMetadata _cmdlet;
    private readonly OpsCmdlet _instance;
    private readonly HashSet<CmdletParameter> _fromArguments = [];
    private readonly Dictionary<CmdletParameter, object?> _beforePipeline = [];
    private readonly HashSet<CmdletParameter> _fromPipeline = [];
    private readonly HashSet<CmdletParameter> _switchedOff = [];
    private List<string> _sets;
    private List<string>? _afterInput;

    public ParameterBinder(CmdletMetadata cmdlet, OpsCmdlet instance)
    {
        _cmdlet = cmdlet;
        _instance = instance;
        _sets = [.. cmdlet.ParameterSets];
    }

    public CommonParameters Common { get; } = new();

    /// <summary>The set in force; the default while several are still possible.</summary>
    public string ParameterSet => Preferred(_sets);

    /// <summary>True for a parameter that was given, unless it is a switch that was given as off.</summary>
    public bool IsBound(string name) =>
        _fromArguments.Concat(_fromPipeline).Any(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && !_switchedOff.Contains(p))
        || (name is "WhatIf" && Common.WhatIf) || (name is "Confirm" && Common.Confirm is not null) || (name is "Verbose" && Common.Verbose);

    /// <summary>Binds what was written; <paramref name="expectsInput"/> leaves room for what the pipeline will bring.</summary>
    /// <exception cref="UsageException">The arguments do not fit the cmdlet.</exception>
    public void BindArguments(IReadOnlyList<Element> elements, bool expectsInput)
    {
        List<object?> positional = BindNamed(elements);
        foreach (object? value in positional) BindPositional(value);
        string likely = ParameterSet;
        if (expectsInput) _sets = [.. _sets.Where(s => !MissingFromInput(s).Any())];
        else _sets = [.. Complete(_sets)];
        if (_sets.Count == 0) throw Lacks([.. MissingFromInput(likely)]);
        if (!expectsInput) RequireMandatory();
    }

    /// <summary>Binds one piped object; false when no parameter takes it.</summary>
    /// <exception cref="UsageException">A mandatory parameter is still missing, or the value is not valid.</exception>
    public bool BindInput(object input)
    {
        foreach (var (parameter, initial) in _beforePipeline) parameter.Property.SetValue(_instance, initial);
        _fromPipeline.Clear();
        List<string> kept = _sets;
        try
        {
            bool byValue = TakeByValue(input, convert: false);
            bool byName = TakeByName(input);
            if (!byValue && !byName) byValue = TakeByValue(input, convert: true);
            if (!byValue && !byName) return false;
            _sets = [.. Complete(_sets)];
            RequireMandatory();
            return true;
        }
        finally
        {
            if (_sets.Count == 0) _sets = kept;
            _afterInput = kept;
        }
    }

    /// <summary>Makes room for the next piped object, which may choose another parameter set.</summary>
    public void ReleaseInput() => _sets = _afterInput ?? _sets;

    private List<object?> BindNamed(IReadOnlyList<Element> elements)
    {
        var positional = new List<object?>();
        for (int i = 0; i < elements.Count; i++)
        {
            if (elements[i] is ValueElement value) { positional.Add(value.Value); continue; }
            var name = (NameElement)elements[i];
            object parameter = Resolve(name.Name);
            bool isSwitch = parameter is CmdletParameter own ? own.IsSwitch : CommonParameters.IsSwitch((string)parameter);
            object? argument;
            if (name.Attached is { } attached) argument = attached.Value;
            else if (isSwitch) argument = true;
            else if (i + 1 < elements.Count && elements[i + 1] is ValueElement next) { argument = next.Value; i++; }
            else throw new UsageException($"{_cmdlet.Name}: -{name.Name} needs a value.");
            if (parameter is string common) { Common.Set(common, argument is string text && isSwitch ? text.Equals("true", StringComparison.OrdinalIgnoreCase) : argument); continue; }
            var target = (CmdletParameter)parameter;
            if (_fromArguments.Contains(target)) throw new UsageException($"{_cmdlet.Name}: -{target.Name} is given twice.");
            Bind(target, argument, _fromArguments);
        }
        return positional;
    }

    /// <summary>A parameter of the cmdlet, or the name of a common one.</summary>
    private object Resolve(string name)
    {
        if (_cmdlet.Parameters.FirstOrDefault(p => p.Answers(name)) is { } exact) return exact;
        List<string> common = [.. CommonParameters.Names(_cmdlet.SupportsShouldProcess)];
        if (common.Find(c => c.Equals(CommonParameters.FullName(name), StringComparison.OrdinalIgnoreCase)) is { } known) return known;
        List<object> found = [
            .. _cmdlet.Parameters.Where(p => p.Aliases.Append(p.Name).Any(n => n.StartsWith(name, StringComparison.OrdinalIgnoreCase))),
            .. common.Where(c => c.StartsWith(name, StringComparison.OrdinalIgnoreCase))];
        if (found.Count == 1) return found[0];
        string names = string.Join(", ", (found.Count > 0 ? found : [.. _cmdlet.Parameters, .. common]).Select(f => "-" + (f as string ?? ((CmdletParameter)f).Name)));
        throw new UsageException(found.Count > 0
            ? $"{_cmdlet.Name}: -{name} can mean {names}."
            : $"{_cmdlet.Name} has no parameter -{name}.{Hint(name)} It has {names}.");
    }

    private string Hint(string name) => NearestName.Of(name, _cmdlet.Parameters.Select(p => p.Name)) is { } near ? $" Did you mean -{near}?" : "";

    private void BindPositional(object? value)
    {
        foreach (string set in new[] { ParameterSet }.Concat(_sets).Distinct())
        {
            CmdletParameter? free = _cmdlet.Parameters.Where(p => p.In(set)?.Position is not null && !_fromArguments.Contains(p))
                .OrderBy(p => p.In(set)!.Position).FirstOrDefault();
            if (free is null) continue;
            Bind(free, value, _fromArguments);
            return;
        }
        if (_cmdlet.Parameters.FirstOrDefault(p => p.Sets.Any(s => s.Remaining)) is not { } rest)
            throw new UsageException($"{_cmdlet.Name}: '{ValueConverter.Text(value)}' is one value too many. See: ops help {_cmdlet.Name}");
        object? before = _fromArguments.Contains(rest) ? rest.Property.GetValue(_instance) : null;
        Bind(rest, before is IEnumerable many ? many.Cast<object?>().Append(value).ToList() : value, _fromArguments);
    }

    private bool TakeByValue(object input, bool convert)
    {
        bool any = false;
        foreach (CmdletParameter parameter in Free(s => s.ByValue))
        {
            if (!convert && !parameter.Type.IsInstanceOfType(input) && !IsOneOf(parameter.Type, input)) continue;
            if (!ValueConverter.TryConvert(input, parameter.Type, out _)) continue;
            Bind(parameter, input, _fromPipeline);
            any = true;
        }
        return any;
    }

    private bool TakeByName(object input)
    {
        bool any = false;
        foreach (CmdletParameter parameter in Free(s => s.ByPropertyName))
        {
            foreach (string name in parameter.Aliases.Prepend(parameter.Name))
            {
                if (!ObjectProperties.TryGet(input, name, out object? value)) continue;
                // An absent value leaves an optional parameter alone.
                if (value is null && parameter.Type.IsValueType) break;
                if (!ValueConverter.TryConvert(value, parameter.Type, out _)) break;
                Bind(parameter, value, _fromPipeline);
                any = true;
                break;
            }
        }
        return any;
    }

    private static bool IsOneOf(Type type, object input) => type.IsArray && type.GetElementType()!.IsInstanceOfType(input);

    private List<CmdletParameter> Free(Func<ParameterSetPart, bool> takes) =>
        [.. _cmdlet.Parameters.Where(p => !_fromArguments.Contains(p) && !_fromPipeline.Contains(p) && _sets.Any(s => p.In(s) is { } part && takes(part)))];

    private void Bind(CmdletParameter parameter, object? value, HashSet<CmdletParameter> bound)
    {
        List<string> narrowed = [.. _sets.Where(s => parameter.In(s) is not null)];
        if (narrowed.Count == 0)
        {
            if (bound == _fromPipeline) return;
            throw new UsageException($"{_cmdlet.Name}: -{parameter.Name} cannot be used together with {string.Join(", ", _fromArguments.Select(p => "-" + p.Name))}.");
        }
        object? converted;
        try
        {
            if (value is not null && parameter.Transformation is { } transformation) value = transformation.Transform(null!, value);
            converted = ValueConverter.Convert(value, parameter.Type);
        }
        catch (FormatException e) { throw new UsageException($"{_cmdlet.Name}: -{parameter.Name}: {e.Message}"); }
        if (Invalid(parameter, converted) is { } why) throw new UsageException($"{_cmdlet.Name}: -{parameter.Name}: {why}");
        if (bound == _fromPipeline) _beforePipeline.TryAdd(parameter, parameter.Property.GetValue(_instance));
        // The reference assembly's switch can hold nothing; see OpsCmdlet.IsOn.
        if (parameter.IsSwitch && !ValueConverter.IsTrue(value ?? false)) _switchedOff.Add(parameter);
        parameter.Property.SetValue(_instance, converted);
        bound.Add(parameter);
        _sets = narrowed;
    }

    private static string? Invalid(CmdletParameter parameter, object? value)
    {
        bool mandatory = parameter.Sets.Any(s => s.Mandatory);
        if (mandatory && value is null && !parameter.AllowNull) return "It is null.";
        if (mandatory && value is "" or ICollection { Count: 0 } && mandatory && !parameter.AllowEmpty) return "It is empty.";
        return parameter.Rules.Select(r => r.Check(value)).FirstOrDefault(found => found is not null);
    }

    private IEnumerable<CmdletParameter> MissingIn(string set) =>
        _cmdlet.Parameters.Where(p => p.In(set) is { Mandatory: true } && !_fromArguments.Contains(p) && !_fromPipeline.Contains(p));

    /// <summary>What is missing and cannot come from the pipeline.</summary>
    private IEnumerable<CmdletParameter> MissingFromInput(string set) => MissingIn(set).Where(p => p.In(set) is not ({ ByValue: true } or { ByPropertyName: true }));

    private UsageException Lacks(IReadOnlyList<CmdletParameter> missing) =>
        new($"{_cmdlet.Name} needs {string.Join(" and ", missing.Select(p => "-" + p.Name))}. See: ops help {_cmdlet.Name}");

    /// <summary>The sets that lack nothing; all of them when each lacks something, so that the message can name it.</summary>
    private List<string> Complete(List<string> sets)
    {
        List<string> complete = [.. sets.Where(s => !MissingIn(s).Any())];
        if (complete.Count == 0) return sets;
        return complete.Contains(_cmdlet.DefaultParameterSet ?? "") ? [_cmdlet.DefaultParameterSet!] : complete;
    }

    private string Preferred(List<string> sets) =>
        _cmdlet.DefaultParameterSet is { } preferred && (sets.Count == 0 || sets.Contains(preferred)) ? preferred : sets.FirstOrDefault() ?? ParameterSetPart.All;

    private void RequireMandatory()
    {
        CmdletParameter[] missing = [.. MissingIn(ParameterSet)];
        if (missing.Length > 0) throw Lacks(missing);
    }
}
