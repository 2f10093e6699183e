using System.Collections.Concurrent;
using System.Management.Automation;
using System.Reflection;

namespace OpsModule;

/// <summary>
/// The parameters of a cmdlet that take from the pipeline, besides -Environment. An environment has a Name, a text form and more, which
/// PowerShell binds wherever it can; what it wrote there is put back.
/// </summary>
internal sealed class PipelineParameters
{
    private static readonly ConcurrentDictionary<Type, (PropertyInfo Property, bool ByValue, bool IsMandatory)[]> Known = new();

    private readonly OpsCmdlet _cmdlet;
    private readonly (PropertyInfo Property, object? Value)[] _given;
    private readonly HashSet<string> _written;

    /// <summary>Notes what was written; to be made before the first object arrives.</summary>
    public PipelineParameters(OpsCmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        _written = new HashSet<string>(cmdlet.MyInvocation.BoundParameters.Keys, StringComparer.OrdinalIgnoreCase);
        _given = [.. Of(cmdlet.GetType()).Where(p => !p.IsMandatory).Select(p => (p.Property, p.Property.GetValue(cmdlet)))];
    }

    /// <summary>Whether another parameter of the cmdlet takes whole objects.</summary>
    public static bool TakeObjects(Type cmdlet) => Of(cmdlet).Any(p => p.ByValue);

    /// <summary>Takes back what an environment has written, except where the cmdlet cannot do without: there it is the wrong object, and that is said.</summary>
    public void Restore()
    {
        foreach ((PropertyInfo property, object? value) in _given) property.SetValue(_cmdlet, value);
    }

    /// <summary>Whether the parameter of this name took something from the object's properties.</summary>
    public bool CameByProperty(string name) => !_written.Contains(name) && Of(_cmdlet.GetType()).Any(p => p.Property.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static (PropertyInfo Property, bool ByValue, bool IsMandatory)[] Of(Type cmdlet) => Known.GetOrAdd(cmdlet, static type =>
        [.. from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where property.Name != nameof(OpsEnvironmentCmdlet.Environment)
            let parameters = property.GetCustomAttributes<ParameterAttribute>().ToArray()
            where parameters.Any(p => p.ValueFromPipeline || p.ValueFromPipelineByPropertyName)
            select (property, parameters.Any(p => p.ValueFromPipeline), parameters.Any(p => p.Mandatory))]);
}
