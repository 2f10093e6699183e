using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace OpsModule.Loader;

/// <summary>The folder of the module: IL at its top and in <c>deps/</c>, the same compiled ahead in <c>native/&lt;system&gt;/</c>.</summary>
internal sealed class ModuleFolder(string folder)
{
    // As .NET writes them into native code: the processor's number in PE files, with that of the system laid over it.
    private const int LinuxX64 = 0x8664 ^ 0x7B79, LinuxArm64 = 0xAA64 ^ 0x7B79;
    private static readonly int Machine = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => LinuxX64, Architecture.Arm64 => LinuxArm64, _ => 0 };
    private readonly string? _ahead = Fitting() is { } system ? Path.Combine(folder, "native", system) : null;

    /// <summary>Where it lies.</summary>
    public string Location => folder;

    /// <summary>Where an assembly's IL lies, or would.</summary>
    public string Il(string name) => name == "OpsModule" ? Path.Combine(folder, name + ".dll") : Path.Combine(folder, "deps", name + ".dll");

    /// <summary>Whether a loaded assembly was made by the same build as this folder's.</summary>
    public bool Holds(Assembly loaded) => BuildStamp.Read(Il(loaded.GetName().Name!)).Build == loaded.ManifestModule.ModuleVersionId;

    /// <summary>Loads the code compiled ahead of an assembly; null when there is none that fits, and its IL is to be taken.</summary>
    public Assembly? LoadAhead(AssemblyLoadContext context, string name)
    {
        if (_ahead is null) return null;
        string file = Path.Combine(_ahead, name + ".dll");
        try { return File.Exists(file) && Fits(file, Il(name)) ? context.LoadFromAssemblyPath(file) : null; }
        // Cut off, not a program at all, or nobody may read it: the IL does it as well, only later.
        catch (Exception e) when (e is BadImageFormatException or IOException or UnauthorizedAccessException) { return null; }
    }

    /// <summary>
    /// Asked before it is loaded: .NET remembers what it failed to load and would not take the IL after it. And native code of one build
    /// beside the IL of another would run, and do something else.
    /// </summary>
    private static bool Fits(string file, string il)
    {
        BuildStamp code = BuildStamp.Read(file);
        return code.Machine == Machine && code.Build == BuildStamp.Read(il).Build;
    }

    private static string? Fitting() => !OperatingSystem.IsLinux() || Environment.Version.Major != CompiledFor.Runtime ? null
        : Machine switch { LinuxX64 => "linux-x64", LinuxArm64 => "linux-arm64", _ => null };
}
