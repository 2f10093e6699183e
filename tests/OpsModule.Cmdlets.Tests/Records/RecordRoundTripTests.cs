using System.Management.Automation;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Areas.Recovery;
using OpsModule.Engine.Areas.Recovery.Drills;
using OpsModule.Engine.Outlets.Alerts;
using OpsModule.Engine.Outlets.Reports;
using OpsModule.Engine.Records;
using OpsModule.Engine.Signals;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Cmdlets.Tests.Records;

/// <summary>A record that came out of a job, a file or a selection says the same as it did where it was made.</summary>
public sealed class RecordRoundTripTests(RecordRoundTripTests.Trips trips) : IClassFixture<RecordRoundTripTests.Trips>
{
    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (string way in Trips.Ways)
                foreach (string name in Judged) all.Add(name, way);
            return all;
        }
    }

    // An environment is read anew from its file.
    private static IEnumerable<string> Judged => RecordSamples.Names.Where(n => !n.StartsWith("OpsEnvironment", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void The_verdict_is_the_same(string name, string way)
    {
        (object live, PSObject came) = trips.Of(name, way);
        Assert.Equal((Verdict.Of(live), Verdict.IsBad(live), Verdict.ExitCode(live)), (Verdict.Of(came), Verdict.IsBad(came), Verdict.ExitCode(came)));
        var (one, other) = (new ReportBuilder(10, TimeProvider.System), new ReportBuilder(10, TimeProvider.System));
        one.Add(live);
        if (PipedObject.Read(came) is { } read) other.Add(read.Record);
        else other.Add(PipedObject.Of(came)!, PipedObject.TypeName(came), PipedObject.Within(came));
        string folder = Directory.CreateTempSubdirectory("ops-trip-").FullName;
        try
        {
            Assert.Equal(one.Write(Path.Combine(folder, "a.html"), "t", false).Verdict, other.Write(Path.Combine(folder, "b.html"), "t", false).Verdict);
        }
        finally { Directory.Delete(folder, true); }
    }

    public static TheoryData<string> Live => [.. Judged];

    /// <summary>What a script is told of a record that is not well, a report of it alone says, too. (Of a good one a report may say nothing, or look at more than the record does.)</summary>
    [Theory]
    [MemberData(nameof(Live))]
    public void A_report_says_what_the_verdict_says(string name)
    {
        object live = RecordSamples.Of(name);
        if (Verdict.Of(live) is not { } verdict || verdict == "Healthy") return;
        var report = new ReportBuilder(10, TimeProvider.System);
        report.Add(live);
        string folder = Directory.CreateTempSubdirectory("ops-trip-").FullName;
        try { Assert.Equal(verdict, $"{report.Write(Path.Combine(folder, "a.html"), "t", false).Verdict}"); }
        finally { Directory.Delete(folder, true); }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_is_told_of_it_has_the_same_key_and_gravity(string name, string way)
    {
        (object live, PSObject came) = trips.Of(name, way);
        if (AlertMapping.Of(live) is not { } alert) return;
        // CSV keeps of a drill's backup the id only: Send-OpsAlert refuses it.
        if (PipedObject.Read(came) is { Record: DrillResult } drill && drill.Lacking.Contains("Backup")) return;
        Alert told = AlertMapping.Of(PipedObject.Record(came)!) ?? throw new InvalidOperationException("nothing is told");
        Assert.Equal((alert.Key, alert.Severity, alert.State), (told.Key, told.Severity, told.State));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Its_figures_are_the_same_or_said_to_be_missing(string name, string way)
    {
        (object live, PSObject came) = trips.Of(name, way);
        if (live is not IMetricSource source) return;
        RecordRead read = PipedObject.Read(came)!;
        if (way is "clixml" or "select") Assert.Empty(read.Lacking);
        if (read.Lacking.Count == 0)
            Assert.Equal(source.ToMetrics().Samples.Select(s => $"{s.Series} {s.Value}"), ((IMetricSource)read.Record).ToMetrics().Samples.Select(s => $"{s.Series} {s.Value}"));
    }

    [Fact]
    public void Each_kind_that_judges_was_seen_good_and_bad()
    {
        foreach (Type kind in RecordKinds.All.Keys.Where(t => t.IsAssignableTo(typeof(IVerdict))))
            Assert.True(Verdict.IsBad(RecordSamples.Of(kind.Name + "+")) != Verdict.IsBad(RecordSamples.Of(kind.Name + "-")), kind.Name);
    }

    /// <summary>All samples on all their ways, gone once.</summary>
    public sealed class Trips
    {
        internal static readonly string[] Ways = ["clixml", "csv", "typed csv", "json", "shallow json", "select"];

        private readonly Dictionary<(string, string), (object, PSObject)> _all = [];

        public Trips()
        {
            PwshRun run = PwshRun.Of($$"""
                foreach ($name in {{string.Join(", ", Judged.Select(n => $"'{n}'"))}}) {
                    $r = Get-OpsRecordSample $name
                    $ways = [ordered]@{
                        'clixml' = { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($r)) }
                        'csv' = { $r | ConvertTo-Csv | ConvertFrom-Csv }
                        'typed csv' = { $r | ConvertTo-Csv -IncludeTypeInformation | ConvertFrom-Csv }
                        'json' = { $r | ConvertTo-Json -Depth 8 | ConvertFrom-Json }
                        'shallow json' = { $r | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json }
                        'select' = { $r | Select-Object * }
                    }
                    foreach ($way in $ways.Keys) {
                        try { [pscustomobject]@{ Name = $name; Way = $way; Live = $r; Came = & $ways[$way] } }
                        catch { Write-Error "$name by ${way}: $_" }
                    }
                }
                """);
            Assert.Empty(run.OtherErrors);
            foreach (PSObject trip in run.Objects.Cast<PSObject>())
                _all[((string)trip.Properties["Name"].Value, (string)trip.Properties["Way"].Value)] = (((PSObject)trip.Properties["Live"].Value).BaseObject, (PSObject)trip.Properties["Came"].Value);
        }

        internal (object Live, PSObject Came) Of(string name, string way) => _all[(name, way)];
    }
}
