using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using OpsModule.Backups;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>Times, durations and paths are read by the same code wherever a cmdlet takes one; a new cmdlet cannot forget it.</summary>
public sealed class ParameterKindTests
{
    private static readonly PropertyInfo[] Parameters = [.. typeof(OpsCmdlet).Assembly.GetTypes().Where(t => t.IsDefined(typeof(CmdletAttribute)))
        .SelectMany(t => t.GetProperties()).Where(p => p.IsDefined(typeof(ParameterAttribute)))];

    /// <summary>They look like a path and are none of this machine.</summary>
    private static readonly string[] NoPaths = ["InvokeOpsServiceCommandCommand.WorkingDirectory", "ExportOpsScheduleCommand.EnvironmentFile", "ExportOpsScheduleCommand.SecretsFile"];

    private static string NameOf(PropertyInfo parameter) => $"{parameter.ReflectedType!.Name}.{parameter.Name}";

    /// <summary>A place of a store is a folder or a bucket, without wildcards.</summary>
    private static bool IsStore(PropertyInfo parameter) => parameter.IsDefined(typeof(StorePathAttribute));

    private static Type TypeOf(PropertyInfo parameter) => Nullable.GetUnderlyingType(parameter.PropertyType) ?? parameter.PropertyType;

    [Fact]
    public void EveryDurationIsReadTheSameWay()
    {
        PropertyInfo[] durations = [.. Parameters.Where(p => TypeOf(p) == typeof(TimeSpan))];
        Assert.True(durations.Length > 10);
        Assert.Empty(durations.Where(p => !p.IsDefined(typeof(DurationAttribute))).Select(NameOf));
        // An age in seconds would be read as days; a wait in seconds is what everybody means.
        foreach (PropertyInfo duration in durations)
            Assert.True(duration.GetCustomAttribute<DurationAttribute>()!.Waits == (duration.Name is not ("OlderThan" or "Within" or "For" or "MaximumAge")), NameOf(duration));
    }

    [Fact]
    public void EveryMomentIsReadTheSameWay()
    {
        PropertyInfo[] moments = [.. Parameters.Where(p => TypeOf(p) == typeof(DateTimeOffset) || TypeOf(p) == typeof(DateTime))];
        Assert.True(moments.Length > 6);
        Assert.Empty(moments.Where(p => !p.IsDefined(typeof(MomentAttribute)) || TypeOf(p) != typeof(DateTimeOffset)).Select(NameOf));
    }

    [Fact]
    public void WhatIsCalledATimeIsNoNumber()
    {
        var time = new Regex("Timeout|Duration|Interval|Grace|Within|OlderThan|Since|Until|^(For|After|Before)$|Delay|Wait|Age$|Seconds|Minutes");
        Assert.Empty(Parameters.Where(p => time.IsMatch(p.Name) && TypeOf(p) != typeof(TimeSpan) && TypeOf(p) != typeof(DateTimeOffset) && TypeOf(p) != typeof(SwitchParameter)).Select(NameOf));
    }

    [Fact]
    public void EveryPathGoesThroughTheSession()
    {
        var path = new Regex("Path$|File$|Folder$|Directory$|^(Destination|Baseline|AllowList)$");
        PropertyInfo[] paths = [.. Parameters.Where(p => path.IsMatch(p.Name) && (p.PropertyType == typeof(string) || p.PropertyType == typeof(string[])) && !NoPaths.Contains(NameOf(p)))];
        Assert.True(paths.Length > 25);
        Assert.Empty(paths.Where(p => !p.IsDefined(typeof(ProviderPathAttribute)) && !IsStore(p)).Select(NameOf));
    }

    [Fact]
    public void WhereAPathIsTakenThereIsALiteralOne()
    {
        IEnumerable<string> NamesOf(Type? type) => Parameters.Where(p => p.ReflectedType == type).SelectMany(p => p.GetCustomAttribute<AliasAttribute>()?.AliasNames.Append(p.Name) ?? [p.Name]);
        foreach (PropertyInfo path in Parameters.Where(p => p.Name == "Path" && !IsStore(p)))
        {
            Assert.Contains("LiteralPath", NamesOf(path.ReflectedType));
            Assert.Contains("PSPath", NamesOf(path.ReflectedType));
        }
    }

    [Fact]
    public void EveryEnvironmentComesThroughThePipeline()
    {
        PropertyInfo[] environments = [.. Parameters.Where(p => p.Name == "Environment")];
        Assert.True(environments.Length > 36);
        Assert.Empty(environments.Where(p => !p.GetCustomAttributes<ParameterAttribute>().All(a => a.ValueFromPipeline)).Select(NameOf));
    }

    [Fact]
    public void NoCmdletReadsPathsByItself()
    {
        string[] files = Directory.GetFiles(Path.Combine(ContractTests.Root, "src", "OpsModule"), "*.cs", SearchOption.AllDirectories);
        Assert.Empty(files.Where(f => !f.Contains("/obj/") && File.ReadAllText(f).Contains("GetFullPath(", StringComparison.Ordinal)).Select(Path.GetFileName));
    }
}
