using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace OpsModule.Loader;

/// <summary>
/// Loads the engine and its libraries into a load context of their own, so that another module's version of the same library neither
/// disturbs this one nor is disturbed by it; and takes the code that was compiled ahead where it fits this machine.
/// </summary>
/// <remarks>
/// It stands in an assembly of its own because PowerShell reads all types of an assembly before it calls the initializer, and the
/// cmdlets cannot be read without the engine.
/// </remarks>
public sealed class ModuleResolver : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private const string Cmdlets = "OpsModule";

    // What the cmdlets may ask for; what that stands on is asked for inside the context.
    private static readonly string[] Crossing = ["OpsModule.Engine", "OpsModule.Connections", "OpsModule.Foundations"];
    private static readonly Version Own = typeof(ModuleResolver).Assembly.GetName().Version!;
    private static readonly ModuleFolder Folder = new(Path.GetDirectoryName(typeof(ModuleResolver).Assembly.Location)!);
    private static readonly DependencyContext Dependencies = new(Folder);

    /// <summary>Called by PowerShell at import.</summary>
    public void OnImport()
    {
        Assembly? loaded = Loaded();
        if (loaded is null) Folder.LoadAhead(AssemblyLoadContext.Default, Cmdlets);
        else if (!Folder.Holds(loaded)) throw new OtherModuleException(loaded, Folder.Location, Own);
        AssemblyLoadContext.Default.Resolving += Resolve;
    }

    /// <summary>Called by PowerShell at removal.</summary>
    public void OnRemove(PSModuleInfo psModuleInfo) => AssemblyLoadContext.Default.Resolving -= Resolve;

    private static Assembly? Loaded()
    {
        foreach (Assembly assembly in AssemblyLoadContext.Default.Assemblies)
            if (assembly.GetName().Name == Cmdlets) return assembly;
        return null;
    }

    private static Assembly? Resolve(AssemblyLoadContext context, AssemblyName name) =>
        Array.IndexOf(Crossing, name.Name) >= 0 && name.Version == Own ? Dependencies.LoadFromAssemblyName(name) : null;

    private sealed class DependencyContext(ModuleFolder folder) : AssemblyLoadContext(Cmdlets)
    {
        protected override Assembly? Load(AssemblyName name)
        {
            string file = folder.Il(name.Name!);
            return File.Exists(file) ? folder.LoadAhead(this, name.Name!) ?? LoadFromAssemblyPath(file) : null;
        }
    }
}
