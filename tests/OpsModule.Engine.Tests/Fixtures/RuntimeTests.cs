using System.Reflection;
using System.Runtime.Versioning;

namespace OpsModule.Engine.Tests.Fixtures;

public sealed class RuntimeTests
{
    /// <summary>What is built for .NET 8 would run on a newer one, too, and prove nothing.</summary>
    [Fact]
    public void TheTestsRunOnTheDotNetThatTheyAreBuiltFor()
    {
        string framework = typeof(RuntimeTests).Assembly.GetCustomAttribute<TargetFrameworkAttribute>()!.FrameworkName;
        Assert.EndsWith($"Version=v{Environment.Version.Major}.0", framework);
    }
}
