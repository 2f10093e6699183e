using System.Text;
using OpsModule.Engine.Areas.Logs;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>Lines as programs write them, and what is read from them.</summary>
public sealed class LogLineTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Quarter = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"level":30,"time":1795230960000,"pid":7,"hostname":"api","msg":"listening"}""", LogLevel.Information, "listening")] // pino
    [InlineData("""{"name":"api","hostname":"h","pid":7,"level":50,"msg":"boom","time":"2026-11-21T03:16:00.000Z","v":0}""", LogLevel.Error, "boom")] // bunyan
    [InlineData("""{"level":"warn","ts":1795230960.0,"caller":"a.go:7","msg":"slow"}""", LogLevel.Warning, "slow")] // zap
    [InlineData("""{"@t":"2026-11-21T03:16:00Z","@mt":"Order {Id}","@l":"Fatal","Id":7}""", LogLevel.Critical, "Order {Id}")] // Serilog
    [InlineData("""{"Timestamp":"2026-11-21T03:16:00Z","LogLevel":"Debug","Category":"Shop","Message":"tick"}""", LogLevel.Debug, "tick")] // .NET
    [InlineData("""{"@timestamp":"2026-11-21T04:16:00+01:00","severity":"ERROR","message":"no \"such\" row\u0021"}""", LogLevel.Error, "no \"such\" row!")]
    [InlineData("""time="2026-11-21T03:16:00Z" level=error msg="no \"such\" row" code=7""", LogLevel.Error, "no \"such\" row")]
    [InlineData("""ts=2026-11-21T03:16:00.000Z caller=main.go:7 level=info msg=ready""", LogLevel.Information, "ready")]
    [InlineData("2026-11-21 03:16:00.000 UTC [71] ERROR:  relation \"t\" does not exist", LogLevel.Error, "relation \"t\" does not exist")]
    [InlineData("2026-11-21 03:16:00.000 UTC [71] apex@main FATAL:  password authentication failed", LogLevel.Error, "password authentication failed")]
    [InlineData("2026-11-21 03:16:00.000 UTC [1] PANIC:  could not write", LogLevel.Critical, "could not write")]
    [InlineData("1:M 21 Nov 2026 03:16:00.000 # Can't save in background: fork: Cannot allocate memory", LogLevel.Warning, "Can't save in background: fork: Cannot allocate memory")]
    [InlineData("1:M 21 Nov 2026 03:16:00.000 * Ready to accept connections tcp", LogLevel.Information, "Ready to accept connections tcp")]
    [InlineData("2026/11/21 03:16:00 [crit] 31#31: *7 SSL_do_handshake() failed, client: 192.0.2.7, server: 0.0.0.0:443", LogLevel.Critical, "SSL_do_handshake() failed")]
    [InlineData("<11>1 2026-11-21T03:16:00.000Z host app 71 ID47 [x@1 a=\"]\"] disk full", LogLevel.Error, "disk full")]
    [InlineData("<12>Nov 21 03:16:00 host app[71]: it is late", LogLevel.Warning, "it is late")]
    [InlineData("Nov 21 03:16:00 host app[71]: ERROR it is late", LogLevel.Error, "ERROR it is late")]
    [InlineData("W1121 03:16:00.000000    4711 reflector.go:539] watch ended", LogLevel.Warning, "watch ended")]
    [InlineData("2026-11-21 03:16:00,000 WARNING app.jobs: it is late", LogLevel.Warning, "app.jobs: it is late")] // Python
    [InlineData("2026-11-21T03:16:00.000Z [main] ERROR com.acme.Job - it is late", LogLevel.Error, "[main] ERROR com.acme.Job - it is late")] // logback
    [InlineData("[2026-11-21 03:16:00.000 +00:00] [info] it is late", LogLevel.Information, "it is late")]
    [InlineData("2026/11/21 03:16:00 it is late", LogLevel.Unknown, "it is late")] // Go
    public void A_line_tells_its_time_level_and_message(string line, LogLevel level, string message)
    {
        LogDraft draft = Parse(line);
        Assert.Equal((Quarter, level, message), (draft.Time, draft.Level, draft.Message));
    }

    [Theory]
    [InlineData("warn: Shop.Orders[7]", LogLevel.Warning, "Shop.Orders[7]")]
    [InlineData("[error] it is late", LogLevel.Error, "it is late")]
    [InlineData("there was no error: all is well", LogLevel.Unknown, null)]
    [InlineData("error-handler.js loaded", LogLevel.Unknown, null)]
    [InlineData("starting, WARN mode", LogLevel.Warning, null)]
    [InlineData("{ this is no json }", LogLevel.Unknown, null)]
    [InlineData("{\"a\":1} {\"b\":2}", LogLevel.Unknown, null)]
    [InlineData("2026-13-41 25:61:61 it is no time", LogLevel.Unknown, null)]
    [InlineData("key=value and then words", LogLevel.Unknown, null)]
    [InlineData("<999>Nov 21 03:16:00 host it is no priority", LogLevel.Unknown, null)]
    [InlineData("Nov 31 03:16:00 host it is no day", LogLevel.Unknown, null)]
    public void A_line_of_text_is_not_read_into(string line, LogLevel level, string? message)
    {
        LogDraft draft = Parse(line);
        Assert.Equal((LogFormat.Plain, null, level, message), (draft.Format, draft.Time, draft.Level, draft.Message));
    }

    [Fact]
    public void Fields_keep_their_types_and_nested_values_stay_json()
    {
        LogDraft draft = Parse("""{"msg":"x","n":7,"big":12345678901234567890,"r":0.5,"t":true,"no":null,"o":{"a":[1, 2]},"\u0061b":"c"}""");
        Assert.Equal([("n", 7L), ("big", 12345678901234567890d), ("r", 0.5), ("t", (object?)true), ("no", null), ("o", """{"a":[1, 2]}"""), ("ab", "c")],
            draft.Fields!.Select(f => (f.Key, f.Value)));
        Assert.Equal([("id", "007"), ("n", 7L), ("d", "1.5s"), ("q", "7")], Parse("msg=x id=007 n=7 d=1.5s q=\"7\"").Fields!.Select(f => (f.Key, f.Value)));
    }

    [Fact]
    public void An_access_log_line_is_taken_apart()
    {
        const string Line = "192.0.2.7 - mia [21/Nov/2026:04:16:00 +0100] \"GET /a?q=\\x22 HTTP/1.1\" 404 162 \"https://example.net/\" \"Agent \\\"7\\\"\"";
        Assert.True(AccessLineOf(Line, out string? text));
        Assert.Equal("192.0.2.7|mia|GET|/a?q=\\x22|HTTP/1.1|404|162|https://example.net/|Agent \\\"7\\\"", text);
        LogDraft draft = Parse(Line);
        Assert.Equal((LogFormat.Access, Quarter, LogLevel.Warning, "GET /a?q=\\x22 HTTP/1.1 404"), (draft.Format, draft.Time, draft.Level, draft.Message));
        Assert.Equal(404L, draft.Fields!["status"]);
        Assert.True(AccessLineOf("::1 - - [21/Nov/2026:03:16:00 +0000] \"-\" 400 0", out text));
        Assert.Equal("::1|-||||400|0||", text);
        Assert.True(AccessLineOf("shop.example:443 192.0.2.7 - - [21/Nov/2026:03:16:00 +0000] \"\\x16\\x03\" 400 -", out text));
        Assert.Equal("192.0.2.7|-||||400|-1||", text);
        Assert.False(AccessLineOf("192.0.2.7 - - [21/Nov/2026:03:16:00 +0000] \"GET /", out _));
    }

    [Fact]
    public void An_error_of_nginx_names_who_asked_for_what()
    {
        LogDraft draft = Parse("2026/11/21 03:16:00 [error] 31#32: *7 connect() failed (111: Connection refused) while connecting to upstream, client: 192.0.2.7, "
            + "server: shop, request: \"GET /a, b HTTP/1.1\", upstream: \"http://127.0.0.1:9/\", host: \"shop\"");
        Assert.Equal("connect() failed (111: Connection refused) while connecting to upstream", draft.Message);
        Assert.Equal([("pid", 31L), ("connection", 7L), ("client", "192.0.2.7"), ("server", "shop"), ("request", (object?)"GET /a, b HTTP/1.1"), ("upstream", "http://127.0.0.1:9/"), ("host", "shop")],
            draft.Fields!.Select(f => (f.Key, f.Value)));
    }

    [Theory]
    [InlineData("Dec 31 23:00:00 h a: x", 2025)]
    [InlineData("Nov 22 11:00:00 h a: x", 2026)] // a clock that is a little fast
    [InlineData("Feb 29 11:00:00 h a: x", 2024)]
    public void A_time_without_a_year_is_the_last_that_was(string line, int year) => Assert.Equal(year, Parse(line).Time!.Value.Year);

    [Theory]
    [InlineData("2026-11-21T03:16:00.123456789Z text", 123456789, 31)]
    [InlineData("2026-11-21T03:16:00Z text", 0, 21)]
    [InlineData("2026-11-21T04:16:00.1+01:00 text", 100000000, 28)]
    public void A_stamp_of_the_platform_is_exact_to_the_nanosecond(string line, long nanoseconds, int length)
    {
        Assert.True(LogTime.TryStamp(Encoding.UTF8.GetBytes(line), out long stamp, out int taken));
        Assert.Equal((Quarter.ToUnixTimeSeconds() * 1_000_000_000 + nanoseconds, length), (stamp, taken));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_replaced()
    {
        var draft = new LogDraft();
        byte[] line = [.. "{\"msg\":\"a"u8, 0xFF, 0xC3, .. "b\",\"k"u8, 0x80, .. "\":\"\\ud800\"}"u8];
        Parser().Parse(line, draft);
        Assert.Equal("a\uFFFD\uFFFDb", draft.Message);
        Assert.Equal("\\ud800", draft.Fields!["k\uFFFD"]);
    }

    private static LogLineParser Parser() => new(new LogClock(Now, TimeSpan.Zero));

    private static LogDraft Parse(string line)
    {
        var draft = new LogDraft();
        Parser().Parse(Encoding.UTF8.GetBytes(line), draft);
        return draft;
    }

    private static bool AccessLineOf(string line, out string? text)
    {
        text = null;
        if (!OpsModule.Engine.Areas.Logs.Formats.AccessLine.TryParse(Encoding.UTF8.GetBytes(line), out var access)) return false;
        text = string.Join('|', Encoding.UTF8.GetString(access.Client), Encoding.UTF8.GetString(access.User), Encoding.UTF8.GetString(access.Method),
            Encoding.UTF8.GetString(access.Target), Encoding.UTF8.GetString(access.Protocol), $"{access.Status}", $"{access.Bytes}",
            Encoding.UTF8.GetString(access.Referrer), Encoding.UTF8.GetString(access.Agent));
        return true;
    }
}
