using System.Management.Automation;
using System.Xml.Linq;
using OpsModule.Cmdlets.Tests.Running;
using OpsModule.Engine.Records;

namespace OpsModule.Cmdlets.Tests.Records;

/// <summary>Views of real records, live and of another session, in terminals and files of several widths.</summary>
public sealed class RecordViewTests(RecordViewTests.Shown shown) : IClassFixture<RecordViewTests.Shown>
{
    public static TheoryData<string> Names => [.. RecordSamples.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_record_of_another_session_looks_like_a_live_one(string name)
    {
        foreach (int width in Shown.Widths) Assert.Equal(shown.Of(name, width, "live"), shown.Of(name, width, "clixml"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_column_is_too_narrow_to_read_and_no_line_too_long(string name)
    {
        foreach (int width in Shown.Widths)
        {
            string[] lines = shown.Of(name, width, "live").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            Assert.All(lines, l => Assert.True(l.Length <= width, $"{name} at {width}: {l}"));
            int underline = Array.FindIndex(lines, l => l.Length > 0 && l.All(c => c is '-' or ' '));
            if (underline < 0) continue;
            Assert.True(underline == 1, $"{name} at {width}: a header is broken:\n{string.Join('\n', lines)}");
            Assert.All(lines[underline].Split(' ', StringSplitOptions.RemoveEmptyEntries), dashes => Assert.True(dashes.Length > 1, $"{name} at {width}: {lines[0]}"));
        }
    }

    [Fact]
    public void What_a_view_shows_is_a_property_of_that_name()
    {
        var asked = new List<string>();
        foreach (XElement view in Directory.GetFiles(Path.Combine(ContractTests.Root, "module", "formats")).SelectMany(f => XDocument.Load(f).Descendants("View")))
            foreach (Type type in view.Descendants("TypeName").Select(t => typeof(RecordKinds).Assembly.GetType(t.Value)).OfType<Type>().Where(t => RecordKinds.Of(t) is not null))
                asked.AddRange(view.Descendants("TableColumnHeader").Select(h => h.Element("Label")!.Value)
                    .Concat(view.Descendants("ListItem").Select(i => (i.Element("Label") ?? i.Element("PropertyName"))!.Value)).Select(label => $"{type.Name}+ {label}"));
        PwshRun run = PwshRun.Of($$"""
            foreach ($asked in {{string.Join(", ", asked.Distinct().Select(a => $"'{a}'"))}}) {
                $name, $label = $asked -split ' '
                $r = Get-OpsRecordSample $name
                $d = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($r))
                if (-not $r.PSObject.Properties[$label] -or -not $d.PSObject.Properties[$label]) { $asked }
            }
            """);
        Assert.Empty(run.OtherErrors);
        Assert.Empty(run.Objects);
    }

    [Theory]
    [InlineData("@(Get-OpsRecordSample 'BackupRecord+','BackupRecord-' | Where-Object Verified).Count", 1)]
    [InlineData("@(Get-OpsRecordSample 'DiskUsage+' | Where-Object Free -lt 1GB).Count", 0)]
    [InlineData("@(Get-OpsRecordSample 'AttackMatch+' | Group-Object Address | Where-Object Name -eq 'clientaddress 1').Count", 1)]
    [InlineData("@(Get-OpsRecordSample 'ResourceUsage+' | Where-Object CPU -gt 10).Count", 1)]
    [InlineData("@(Get-OpsRecordSample 'ResourceUsage+' | Where-Object CPU -gt 50).Count", 0)]
    public void A_filter_on_what_one_sees_answers_rightly(string script, int expected) => Assert.Equal([expected], PwshRun.Of(script).Objects);

    [Fact]
    public void What_is_not_well_is_in_the_colour_of_the_session_where_colours_are_wanted()
    {
        PwshRun run = PwshRun.Of("""
            $PSStyle.OutputRendering = 'Ansi'; Get-OpsRecordSample 'HealthResult+' | Out-String -Width 120
            $PSStyle.OutputRendering = 'PlainText'; Get-OpsRecordSample 'HealthResult+' | Out-String -Width 120
            """);
        Assert.Contains("\u001b[31;1mUnhealthy", (string)run.Objects[0], StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", (string)run.Objects[1], StringComparison.Ordinal);
    }

    /// <summary>All samples, shown once at each width.</summary>
    public sealed class Shown
    {
        internal static readonly int[] Widths = [60, 80, 120, 200];

        private readonly Dictionary<(string, int, string), string> _all = [];

        public Shown()
        {
            PwshRun run = PwshRun.Of($$"""
                $PSStyle.OutputRendering = 'PlainText'
                foreach ($name in {{string.Join(", ", RecordSamples.Names.Select(n => $"'{n}'"))}}) {
                    $r = Get-OpsRecordSample $name
                    $d = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($r))
                    foreach ($width in {{string.Join(", ", Widths)}}) {
                        [pscustomobject]@{ Name = $name; Width = $width; Way = 'live'; Text = $r | Out-String -Width $width }
                        [pscustomobject]@{ Name = $name; Width = $width; Way = 'clixml'; Text = $d | Out-String -Width $width }
                    }
                }
                """);
            Assert.Empty(run.OtherErrors);
            foreach (PSObject one in run.Objects.Cast<PSObject>())
                _all[($"{one.Properties["Name"].Value}", (int)one.Properties["Width"].Value, $"{one.Properties["Way"].Value}")] = $"{one.Properties["Text"].Value}";
        }

        internal string Of(string name, int width, string way) => _all[(name, width, way)];
    }
}
