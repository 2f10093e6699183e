using System.Text.Json;
using OpsModule.Engine.Areas.Health;
using OpsModule.Engine.Outlets.Reports;

namespace OpsModule.Engine.Tests.Reports;

public sealed class ReportLikenessTests
{
    [Theory]
    [InlineData("{\"Check\":\"disk.free\",\"Status\":2}", null, "HealthResult")] // ConvertTo-Json writes numbers
    [InlineData("{\"Check\":\"disk.free\",\"Target\":\"/\",\"Status\":\"Unhealthy\"}", null, "HealthResult")] // Import-Csv
    [InlineData("{\"Status\":\"Healthy\"}", null, "result")]
    [InlineData("{\"Id\":\"x\",\"Passed\":\"False\"}", null, "result")]
    [InlineData("{\"Level\":\"Structure\",\"Passed\":true,\"Message\":\"m\"}", null, "BackupTestResult")]
    [InlineData("{\"Name\":\"api\",\"State\":\"Down\"}", null, "ServiceRecord")]
    [InlineData("{\"Anything\":\"x\"}", "Deserialized.OpsModule.Engine.Areas.Logs.LogEntry", "LogEntry")]
    [InlineData("{\"Check\":\"x\"}", "Selected.OpsModule.Engine.Areas.Health.HealthResult", "HealthResult")]
    [InlineData("{\"Check\":\"x\"}", "CSV:OpsModule.Engine.Areas.Health.HealthResult", "HealthResult")]
    [InlineData("{\"Name\":\"main\",\"Id\":\"x\"}", "Selected.OpsModule.Engine.Areas.Backups.BackupRecord", null)]
    [InlineData("{\"Order\":7,\"Status\":\"Shipped\"}", null, null)]
    [InlineData("{\"Order\":7,\"Status\":3}", null, null)]
    [InlineData("{\"Name\":\"job\",\"State\":\"Completed\"}", null, null)]
    public void ALikenessIsToldFromObjectsOfOnesOwn(string json, string? typeName, string? expected)
    {
        Dictionary<string, object?> bag = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!.ToDictionary(p => p.Key, p => p.Value.ValueKind switch
        {
            JsonValueKind.Number => p.Value.GetInt64(),
            JsonValueKind.True or JsonValueKind.False => p.Value.GetBoolean(),
            _ => (object?)p.Value.GetString(),
        });
        Assert.Equal(expected, ReportLikeness.Of(bag, typeName));
        Assert.Null(ReportLikeness.Of(new HealthResult { Environment = "shop", Check = "x", Target = "y", Status = HealthStatus.Healthy, Message = "m" }, "OpsModule.Engine.Areas.Health.HealthResult"));
    }

    [Theory]
    [InlineData("HealthResult", true)]
    [InlineData("Deserialized.OpsModule.Engine.Areas.Health.HealthResult", true)]
    [InlineData("PSCustomObject", false)]
    public void AResultThatAnotherObjectHoldsIsNotPassedOver(string typeName, bool isUnknown)
    {
        object held = typeName == "HealthResult" ? new HealthResult { Environment = "shop", Check = "x", Target = "y", Status = HealthStatus.Unhealthy, Message = "m" }
            : new Dictionary<string, object?> { ["Colour"] = "red" };
        var builder = new ReportBuilder(10, TimeProvider.System);
        builder.Add(new Dictionary<string, object?> { ["Host"] = "a", ["Results"] = held }, "PSCustomObject", [(held, typeName)]);
        builder.Add("a remark");
        ReportRecord report = builder.Write(Path.Combine(Directory.CreateTempSubdirectory("ops-report-").FullName, "r.html"), null, false);
        Assert.Equal((isUnknown ? HealthStatus.Unknown : null, isUnknown ? 1 : 0, isUnknown ? 1 : 0), (report.Verdict, report.ExitCode, (int)builder.NotUnderstood));
    }

    [Fact]
    public void WhatAFormatLeavesIsNotUnderstood() => Assert.Equal("formatted result", ReportLikeness.Of(new object(), "FormatEntryData"));

    [Fact]
    public void AGoodResultBesideALikenessDoesNotMakeItGood()
    {
        var builder = new ReportBuilder(10, TimeProvider.System);
        builder.Add(new HealthResult { Environment = "shop", Check = "x", Target = "y", Status = HealthStatus.Healthy, Message = "m" });
        builder.Add(new Dictionary<string, object?> { ["Check"] = "x", ["Status"] = "Healthy" }, "Deserialized.OpsModule.Engine.Areas.Health.HealthResult");
        ReportRecord report = builder.Write(Path.Combine(Directory.CreateTempSubdirectory("ops-report-").FullName, "r.html"), null, false);
        Assert.Equal((HealthStatus.Unknown, 1, 1, 1), (report.Verdict, report.ExitCode, report.Unknown, report.Healthy));
    }
}
