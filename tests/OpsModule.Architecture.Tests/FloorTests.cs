using System.Text.RegularExpressions;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Architecture.Tests;

/// <summary>Arrows point down, areas know only those others that are declared, and what is knotted may only come undone.</summary>
public sealed class FloorTests
{
    /// <summary>The floors of the engine, the lowest first; an arrow may point to the same row or one before it.</summary>
    private static readonly string[][] Rows = [["Environments"], ["Changes"], ["Access", "Signals"], ["Areas"], ["Procedures"], ["Outlets", "Records"], ["Completion"]];

    /// <summary>Arrows between areas, each with its reason.</summary>
    private static readonly Dictionary<string, string> BetweenAreas = new()
    {
        ["Attacks -> Logs"] = "it reads logs",
        ["Caches -> Backups"] = "it makes and restores them",
        ["Configuration -> Backups"] = "it makes them, and reads them",
        ["Configuration -> Health"] = "drift is one of its checks",
        ["Configuration -> Rollouts"] = "the state folder's key, and which files proxies have, are known there",
        ["Health -> Backups"] = "it tells their age",
        ["Health -> Logs"] = "it looks for what logs say",
        ["Health -> Recovery"] = "it tries the role that restores load rows with",
        ["Health -> Retention"] = "it tells what a bucket does against the rules",
        ["Health -> Services"] = "a check may be a command in a service",
        ["Imports -> Backups"] = "it makes them",
        ["Imports -> Recovery"] = "a throwaway server is a drill's",
        ["Keys -> Secrets"] = "where keys are kept is said by secrets, and who has them in places, too",
        ["Lockdown -> Attacks"] = "evidence holds what its rules find",
        ["Lockdown -> Backups"] = "evidence is encrypted as backups are",
        ["Lockdown -> Keys"] = "it revokes all of them",
        ["Lockdown -> Logs"] = "evidence holds logs",
        ["Lockdown -> Secrets"] = "it rotates what sessions are made with",
        ["Lockdown -> Tenants"] = "it ends sessions as a suspension does",
        ["Logs -> Services"] = "logs are of services",
        ["Recovery -> Backups"] = "it restores them",
        ["Schedules -> Health"] = "what is overdue is one of its checks",
        ["Retention -> Backups"] = "it removes them",
        ["Rollouts -> Services"] = "what a platform says while it is away for a moment is known there",
        ["Rollouts -> Health"] = "new instances are watched as availability is measured",
        ["Secrets -> Health"] = "what is overdue is one of its checks",
        ["Secrets -> Logs"] = "they tell who uses an old key",
        ["Secrets -> Rollouts"] = "services that read a secret are brought out anew",
        ["Secrets -> Services"] = "where a platform replaces instances by itself they are restarted",
        ["Storage -> Backups"] = "it must not take their files away",
        ["Tenants -> Health"] = "what was not lifted is one of its checks",
        ["Tenants -> Schedules"] = "an entry of the schedule lifts what is for a time",
        ["Tenants -> Secrets"] = "a secret says in which table keys are kept",
    };

    /// <summary>Arrows that point up. To be turned round; none may be added.</summary>
    private static readonly string[] Upwards = ["Areas.Health -> Outlets.Alerts"];

    /// <summary>Rooms that are still one. None may be added.</summary>
    private static readonly string[] Knots =
    [
        "OpsModule OpsModule.Completion",
        "OpsModule.Engine.Areas.Attacks OpsModule.Engine.Areas.Attacks.Allowing OpsModule.Engine.Areas.Attacks.Blocking OpsModule.Engine.Areas.Attacks.Counting OpsModule.Engine.Areas.Attacks.Matching OpsModule.Engine.Areas.Attacks.Reading OpsModule.Engine.Areas.Attacks.Rules",
        "OpsModule.Engine.Areas.Backups OpsModule.Engine.Areas.Backups.Listing OpsModule.Engine.Areas.Backups.Signing OpsModule.Engine.Areas.Backups.Stages",
        "OpsModule.Engine.Areas.Logs OpsModule.Engine.Areas.Logs.Formats OpsModule.Engine.Areas.Logs.Reading",
        "OpsModule.Engine.Outlets.Reports OpsModule.Engine.Outlets.Reports.Charts OpsModule.Engine.Outlets.Reports.Sections OpsModule.Engine.Records",
    ];

    private static readonly IReadOnlyList<SourceFile> Source = [.. SourceFile.Read("src").Where(f => f.Namespace.Length > 0)];
    private static readonly IReadOnlyDictionary<(string From, string To), string> All = Arrows.Of(Source);

    [Fact]
    public void Namespaces_are_folders() =>
        Assert.Empty(Source.Where(f => f.Namespace != Path.GetDirectoryName(f.Path)!["src/".Length..].Replace('/', '.')).Select(f => $"{f.Path} has the namespace {f.Namespace}"));

    [Theory]
    [InlineData("OpsModule.Foundations", "")]
    [InlineData("OpsModule.Connections", "OpsModule.Foundations")]
    [InlineData("OpsModule.Engine", "OpsModule.Connections")]
    public void A_floor_refers_to_the_one_below_it_and_to_no_other(string floor, string below)
    {
        string project = File.ReadAllText(Path.Combine(Repository.Root, "src", floor, floor + ".csproj"));

        Assert.Equal(below.Length == 0 ? [] : [below], Regex.Matches(project, @"<ProjectReference Include=""[^""]*/(OpsModule\.\w+)\.csproj""").Select(m => m.Groups[1].Value));
    }

    [Fact]
    public void Arrows_of_the_engine_point_down() => Assert.Equal(Upwards, Pointing(All, Row).Where(a => a.From < a.To).Select(a => a.Words).Distinct().Order());

    [Fact]
    public void Areas_know_only_those_that_are_declared() => Assert.Equal(BetweenAreas.Keys.Order(), All.Keys
        .Select(a => (From: Area(a.From), To: Area(a.To))).Where(a => a.From is not null && a.To is not null && a.From != a.To).Select(a => $"{a.From} -> {a.To}").Distinct().Order());

    [Fact]
    public void No_knot_is_added() => Assert.Equal(Knots.Order(StringComparer.Ordinal), Arrows.Knots(All.Keys).Select(k => string.Join(' ', k)).Order(StringComparer.Ordinal));

    [Fact]
    public void The_rules_see_what_they_forbid()
    {
        SourceFile low = new("src/A/B/Low.cs", "using A.C;\n\nnamespace A.B;\n\ninternal sealed class Low(High high);\n");
        SourceFile high = new("src/A/C/High.cs", "using A.B;\n\nnamespace A.C;\n\n// Low is not named here.\npublic sealed class High { private string _ = \"Low\"; }\n");
        Assert.Equal([("A.B", "A.C")], Arrows.Of([low, high]).Keys);
        Assert.Empty(Arrows.Knots(Arrows.Of([low, high]).Keys));

        SourceFile back = new(high.Path, high.Text.Replace("_ =", "_ = nameof(Low) +"));
        Assert.Equal([["A.B", "A.C"]], Arrows.Knots(Arrows.Of([low, back]).Keys));
    }

    private static IEnumerable<(int From, int To, string Words)> Pointing(IReadOnlyDictionary<(string From, string To), string> arrows, Func<string, int> row) =>
        arrows.Keys.Where(a => row(a.From) >= 0 && row(a.To) >= 0).Select(a => (row(a.From), row(a.To), $"{Short(a.From)} -> {Short(a.To)}"));

    private static int Row(string name) => Parts(name) is [_, "Engine", var top, ..] ? Array.FindIndex(Rows, r => r.Contains(top)) : -1;

    private static string? Area(string name) => Parts(name) is [_, "Engine", "Areas", var area, ..] ? area : null;

    private static string Short(string name) => Parts(name) is [_, "Engine", "Areas" or "Outlets", var area, ..] ? $"{Parts(name)[2]}.{area}" : Parts(name)[2];

    private static string[] Parts(string name) => name.Split('.');
}
