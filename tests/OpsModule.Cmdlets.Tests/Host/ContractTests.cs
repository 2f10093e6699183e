using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Management.Automation;
using OpsModule.Engine;
using OpsModule.Host.Help;
using OpsModule.Host.Language;
using OpsModule.Host.Metadata;
using OpsModule.Host.Running;
using OpsModule.Host.Writing;

namespace OpsModule.Cmdlets.Tests.Host;

/// <summary>What every cmdlet of the module promises.</summary>
public sealed class ContractTests
{
    private static readonly string[] Changing = ["Backup", "Copy", "New", "Remove", "Restart", "Restore", "Set", "Start", "Stop", "Undo", "Update"];
    internal static readonly string Root = FindRoot();

    public static TheoryData<string> Cmdlets => [.. CommandTable.Module.Names];

    private static CmdletMetadata Cmdlet(string name) => CommandTable.Module.Find(name)!;

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void TheClassIsSealedAndStandsInAFileOfItsOwn(string name)
    {
        Type type = Cmdlet(name).Type;
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
        CmdletMetadata cmdlet = Cmdlet(name);
        if (Changing.Contains(name.Split('-')[0])) Assert.True(cmdlet.SupportsShouldProcess);
        if (name.Split('-')[0] is "Remove" or "Restore") Assert.Equal(ConfirmImpact.High, cmdlet.ConfirmImpact);
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void EveryOutputHasAView(string name)
    {
        var views = new ViewCatalog(Path.Combine(Root, "module", "formats"));
        foreach (Type type in Cmdlet(name).OutputTypes.Where(t => t.Assembly != typeof(object).Assembly))
            Assert.True(views.Find(type) is not null, $"{type.FullName} has no view in module/formats.");
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void TheHelpIsComplete(string name)
    {
        HelpTopic topic = HelpTopic.Read(Cmdlet(name), HelpTopic.LoadComments());
        Assert.NotEmpty(topic.Synopsis);
        Assert.NotEmpty(topic.Examples);
        Assert.All(topic.Examples, e => { Assert.Contains(name, e.Code); Assert.NotEmpty(e.Remarks); });
        Assert.All(topic.Parameters, p => Assert.True(p.Value.Length > 0, $"-{p.Key} is not documented."));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void EveryExampleCanBeTypedInOps(string name)
    {
        var runner = new PipelineRunner(CommandTable.Module, new PipelineRun(new OpsRun(), "/"));
        foreach (HelpExample example in HelpTopic.Read(Cmdlet(name), HelpTopic.LoadComments()).Examples.Where(e => !e.NeedsPowerShell))
            runner.Check(PipelineParser.Parse(example.Code));
    }

    [Theory]
    [MemberData(nameof(Cmdlets))]
    public void AResultThatPassesOrNotDecidesTheExitCode(string name)
    {
        foreach (Type type in Cmdlet(name).OutputTypes.Where(t => t.GetProperty("Passed") is not null)) Assert.True(typeof(IVerdict).IsAssignableFrom(type), type.FullName);
    }

    [Fact]
    public void ThePagesAreUpToDate()
    {
        string folder = Path.Combine(Root, "docs", "cmdlets");
        Dictionary<string, string> pages = MarkdownWriter.Pages().ToDictionary();
        Assert.Equal(pages.Keys.Order(StringComparer.Ordinal), Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.All(pages, page => Assert.True(page.Value == File.ReadAllText(Path.Combine(folder, page.Key)), $"{page.Key} is old. Run: ./ops --write-docs docs/cmdlets"));
    }

    [Fact]
    public void TheManifestExportsExactlyWhatThereIs()
    {
        string manifest = File.ReadAllText(Path.Combine(Root, "OpsModule.psd1"));
        Assert.Equal(CommandTable.Module.Names, Listed(manifest, "CmdletsToExport"));
        Assert.Equal(Directory.GetFiles(Path.Combine(Root, "module", "formats")).Select(f => "formats/" + Path.GetFileName(f)).Order(StringComparer.Ordinal),
            Listed(manifest, "FormatsToProcess"));
        Assert.Contains($"ModuleVersion        = '{typeof(OpsCmdlet).Assembly.GetName().Version!.ToString(3)}'", manifest);
    }

    private static IEnumerable<string> Listed(string manifest, string key) =>
        Regex.Matches(Regex.Match(manifest, key + @"\s*=\s*@\(([^)]*)\)").Groups[1].Value, "'([^']+)'").Select(m => m.Groups[1].Value);

    private static string FindRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
