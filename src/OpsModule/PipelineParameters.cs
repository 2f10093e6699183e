using System.Collections.Concurrent;
using System.Management.Automation;
using System.Reflection;
using OpsModule.Engine.Environments;

namespace OpsModule;

/// <summary>
/// The parameters of a cmdlet that take from the pipeline, besides -Environment. An environment has a Name, a text form and more, which
/// PowerShell binds wherever it can; what it wrote there is put back.
/// </summary>
internal sealed class PipelineParameters
{
    private static readonly ConcurrentDictionary<Type, (PropertyInfo Property, string[] ByValueIn, bool IsMandatory)[]> Known = new();

    private readonly OpsCmdlet _cmdlet;
    private readonly (PropertyInfo Property, string[] ByValueIn, bool IsMandatory)[] _all;
    private readonly (PropertyInfo Property, object? Value)[] _given, _needed;

    /// <summary>Notes what was written; to be made before the first object arrives.</summary>
    public PipelineParameters(OpsCmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        _all = Of(cmdlet.GetType());
        TakeObjects = _all.Any(p => p.ByValueIn.Length > 0);
        (PropertyInfo, object?)[] Now(bool needed) => [.. _all.Where(p => p.IsMandatory == needed).Select(p => (p.Property, p.Property.GetValue(cmdlet)))];
        (_given, _needed) = (Now(needed: false), Now(needed: true));
    }

    /// <summary>Whether another parameter of the cmdlet takes whole objects.</summary>
    public bool TakeObjects { get; }

    /// <summary>Whether one does among the parameters of a set.</summary>
    public bool TakeObjectsIn(string set) => _all.Any(p => p.ByValueIn.Contains(set) || p.ByValueIn.Contains(ParameterAttribute.AllParameterSets));

    /// <summary>Takes back what an environment has written, except where the cmdlet cannot do without: there it is the wrong object, and that is said.</summary>
    public void Restore()
    {
        foreach ((PropertyInfo property, object? value) in _given) property.SetValue(_cmdlet, value);
    }

    /// <summary>Whether one of them took something of the object that has just arrived; of those that did not, PowerShell has put the value back.</summary>
    public bool TookAny() => _given.Concat(_needed).Any(p => !Equals(p.Property.GetValue(_cmdlet), p.Value));

    /// <summary>Whether one of them holds an environment.</summary>
    public bool HoldAnEnvironment() => _all.Any(p => p.ByValueIn.Length > 0 && PipedObject.Each(p.Property.GetValue(_cmdlet)).Any(value => PipedObject.Bare(value) is OpsEnvironment));

    /// <summary>Whether one of them holds a plan.</summary>
    public bool HoldAPlan() => _all.Any(p =>
        p.ByValueIn.Length > 0 && PipedObject.Each(p.Property.GetValue(_cmdlet)).Any(PipedObject.IsPlan));

    private static (PropertyInfo Property, string[] ByValueIn, bool IsMandatory)[] Of(Type cmdlet) => Known.GetOrAdd(cmdlet, static type =>
        [.. from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where property.Name != nameof(OpsEnvironmentCmdlet.Environment)
            let parameters = property.GetCustomAttributes<ParameterAttribute>().ToArray()
            where parameters.Any(p => p.ValueFromPipeline || p.ValueFromPipelineByPropertyName)
            select (property, parameters.Where(p => p.ValueFromPipeline).Select(p => p.ParameterSetName).ToArray(), parameters.Any(p => p.Mandatory))]);
}
