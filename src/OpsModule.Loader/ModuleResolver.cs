using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace OpsModule.Loader;

/// <summary>
/// Loads the engine and its libraries from <c>deps/</c> into a load context of their own, so that another module's version of the
/// same library neither disturbs this one nor is disturbed by it.
/// </summary>
/// <remarks>
/// It stands in an assembly of its own because PowerShell reads all types of an assembly before it calls the initializer, and the
/// cmdlets cannot be read without the engine.
/// </remarks>
public sealed class ModuleResolver : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(typeof(ModuleResolver).Assembly.Location)!, "deps");
    private static readonly DependencyContext Dependencies = new(Folder);

    /// <summary>Called by PowerShell at import.</summary>
    public void OnImport() => AssemblyLoadContext.Default.Resolving += Resolve;

    /// <summary>Called by PowerShell at removal.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo) => AssemblyLoadContext.Default.Resolving -= Resolve;

    // Only the engine crosses over; what it stands on is asked for inside the context.
    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        name.Name == "OpsModule.Engine" ? Dependencies.LoadFromAssemblyName(name) : null;

    private sealed class DependencyContext(string folder) : AssemblyLoadContext("OpsModule")
    {
        protected override Assembly? Load(AssemblyName name)
        {
            string file = Path.Combine(folder, name.Name + ".dll");
            return File.Exists(file) ? LoadFromAssemblyPath(file) : null;
        }
    }
}
