using System.Management.Automation;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Cmdlets.Tests.Running;

/// <summary>What every cmdlet of the module promises.</summary>
public sealed class ContractTests
{
    private static readonly string[] Changing = ["Backup", "Copy", "New", "Remove", "Restart", "Restore", "Set", "Start", "Stop", "Undo", "Update"];
    internal static readonly string Root = FindRoot();

    private static readonly SortedDictionary<string, Type> Types = new(typeof(OpsCmdlet).Assembly.GetTypes().Where(t => t.IsDefined(typeof(CmdletAttribute))).ToDictionary(NameOf), StringComparer.Ordinal);

    public static TheoryData<string> Cmdlets => [.. Types.Keys];

    private static IEnumerable<Type> Outputs(string name) =>
        Types[name].GetCustomAttributes<OutputTypeAttribute>().SelectMany(o => o.Type).Select(t => t.Type).OfType<Type>();

    private static string NameOf(Type type) => type.GetCustomAttribute<CmdletAttribute>() is { } name ? $"{name.VerbName}-{name.NounName}" : "";

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void TheClassIsSealedAndStandsInAFileOfItsOwn(string name)
    {
        Type type = Types[name];
        Assert.True(type.IsSealed);
        Assert.Equal(name.Replace("-", "") + "Command", type.Name);
        string area = type.Namespace!.Split('.')[^1];
        Assert.True(File.Exists(Path.Combine(Root, "src", "OpsModule", area, type.Name + ".cs")));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void TheVerbIsApprovedAndTheNounIsSingular(string name)
    {
        string[] approved = [.. typeof(VerbsCommon).Assembly.GetTypes().Where(t => t.Name.StartsWith("Verbs", StringComparison.Ordinal))
            .SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static)).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)];
        string[] parts = name.Split('-');
        Assert.Contains(parts[0], approved);
        Assert.Matches("^Ops[A-Z][A-Za-z]+$", parts[1]);
        Assert.False(parts[1].EndsWith('s') && !parts[1].EndsWith("ss", StringComparison.Ordinal), parts[1]);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void WhatChangesSomethingCanBeAskedWhatIf(string name)
    {
        CmdletAttribute cmdlet = Types[name].GetCustomAttribute<CmdletAttribute>()!;
        // It only makes up a value, and changes nothing.
        if (name == "New-OpsSecretValue") return;
        if (Changing.Contains(name.Split('-')[0])) Assert.True(cmdlet.SupportsShouldProcess);
        if (name.Split('-')[0] is "Remove" or "Restore") Assert.Equal(ConfirmImpact.High, cmdlet.ConfirmImpact);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void EveryOutputHasAView(string name)
    {
        HashSet<string> viewed = [.. Directory.GetFiles(Path.Combine(Root, "module", "formats")).SelectMany(f => XDocument.Load(f).Descendants("ViewSelectedBy").Elements("TypeName")).Select(t => t.Value)];
        foreach (Type type in Outputs(name).Where(t => t.Assembly != typeof(object).Assembly && t != typeof(PSObject)))
            Assert.True(Bases(type).Any(b => viewed.Contains(b.FullName!)), $"{type.FullName} has no view in module/formats.");
    }

    private static IEnumerable<Type> Bases(Type? type)
    {
        for (; type is not null && type != typeof(object); type = type.BaseType) yield return type;
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void AResultThatPassesOrNotIsAVerdict(string name)
    {
        foreach (Type type in Outputs(name).Where(t => t.GetProperty("Passed") is not null)) Assert.True(typeof(IVerdict).IsAssignableFrom(type), type.FullName);
    }

    [Fact]
    public void TheManifestExportsExactlyWhatThereIs()
    {
        string manifest = File.ReadAllText(Path.Combine(Root, "OpsModule.psd1"));
        Assert.Equal(Types.Keys, Listed(manifest, "CmdletsToExport"));
        Assert.Equal(Directory.GetFiles(Path.Combine(Root, "module", "formats")).Select(f => "formats/" + Path.GetFileName(f)).Order(StringComparer.Ordinal),
            Listed(manifest, "FormatsToProcess"));
        Assert.Contains($"ModuleVersion        = '{typeof(OpsCmdlet).Assembly.GetName().Version!.ToString(3)}'", manifest);
    }

    private static IEnumerable<string> Listed(string manifest, string key) =>
        Regex.Matches(Regex.Match(manifest, key + @"\s*=\s*@\(([^)]*)\)").Groups[1].Value, "'([^']+)'").Select(m => m.Groups[1].Value);

    private static string FindRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
