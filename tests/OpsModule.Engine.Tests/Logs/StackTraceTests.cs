using System.Text;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Areas.Logs.Reading;

namespace OpsModule.Engine.Tests.Logs;

/// <summary>What belongs together stays together.</summary>
public sealed class StackTraceTests
{
    public static TheoryData<string, string> Traces => new()
    {
        { "Java", """
            2026-11-21 03:16:00.000 ERROR com.acme.Job - it failed
            java.lang.IllegalStateException: boom
            	at com.acme.Job.run(Job.java:7)
            	... 12 more
            Caused by: java.io.IOException: gone
            	at com.acme.Disk.read(Disk.java:9)
            """ },
        { ".NET", """
            Unhandled exception. System.InvalidOperationException: boom
             ---> System.IO.IOException: gone
               at Shop.Disk.Read() in /src/Disk.cs:line 9
               --- End of inner exception stack trace ---
               at Shop.Program.Main() in /src/Program.cs:line 7
            """ },
        { ".NET console", """
            fail: Shop.Orders[7]
                  It failed
                  System.InvalidOperationException: boom
                     at Shop.Program.Main() in /src/Program.cs:line 7
            """ },
        { "Python", """
            2026-11-21 03:16:00,000 ERROR app: it failed
            Traceback (most recent call last):
              File "/app/a.py", line 7, in run
                read()
            OSError: gone

            During handling of the above exception, another exception occurred:

            Traceback (most recent call last):
              File "/app/a.py", line 9, in <module>
                run()
            ValueError: boom
            """ },
        { "Node", """
            TypeError: Cannot read properties of undefined (reading 'id')
                at run (/app/a.js:7:13)
                at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
              code: 'E7'
            }
            """ },
        { "Go", """
            panic: runtime error: index out of range [7] with length 7

            goroutine 1 [running]:
            main.(*Shop).Run(0xc000012345, {0x1, 0x2})
            	/src/main.go:7 +0x1d
            main.main()
            	/src/main.go:3 +0x1d
            exit status 2
            """ },
        { "PostgreSQL", """
            2026-11-21 03:16:00.000 UTC [71] ERROR:  duplicate key value violates unique constraint "t_pkey"
            2026-11-21 03:16:00.000 UTC [71] DETAIL:  Key (id)=(7) already exists.
            2026-11-21 03:16:00.000 UTC [71] STATEMENT:  INSERT INTO t
            	VALUES (7)
            """ },
    };

    [Theory]
    [MemberData(nameof(Traces))]
    public void A_trace_is_one_entry(string language, string text)
    {
        List<LogEntry> entries = Read("before\n" + text + "\nafter the " + language + " trace\n");
        Assert.Equal(["before", text, $"after the {language} trace"], entries.Select(e => e.Raw));
        Assert.True(entries[1].Level >= LogLevel.Error);
    }

    /// <summary>Anybody may write the words that such an entry begins with.</summary>
    [Theory]
    [InlineData("Event[")]
    [InlineData("Start-Date: ")]
    [InlineData("# Time: ")]
    [InlineData("# User@Host: ")]
    public void What_begins_like_an_entry_of_many_lines_swallows_no_other_one(string head)
    {
        string[] lines = [head + "x", "2026-11-21 03:16:00.000 ERROR a", "{\"level\":\"error\",\"msg\":\"b\"}", "Nov 21 03:16:00 host app[1]: c"];
        foreach (string next in lines[1..])
            Assert.Equal([lines[0], next], Read(lines[0] + "\n" + next + "\n").Select(e => e.Raw));
    }

    [Fact]
    public void Parts_of_two_streams_are_put_together_apart()
    {
        List<LogEntry> entries = Read("2026-11-21T03:16:00.123456789Z stdout P ab\n2026-11-21T03:16:00.123456790Z stderr F other\n"
            + "2026-11-21T03:16:00.123456791Z stdout F cd\n");
        Assert.Equal(["abcd", "other"], entries.Select(e => e.Message).Order());
    }

    [Fact]
    public void The_same_trace_twice_is_two_entries()
    {
        const string Trace = "Traceback (most recent call last):\n  File \"/app/a.py\", line 7\nValueError: boom";
        Assert.Equal([Trace, Trace], Read(Trace + "\n" + Trace + "\n").Select(e => e.Raw));
    }

    [Fact]
    public void The_details_of_another_process_are_not_taken_for_this_ones()
    {
        List<LogEntry> entries = Read("2026-11-21 03:16:00.000 UTC [71] ERROR:  a\n2026-11-21 03:16:00.000 UTC [72] DETAIL:  b\n");
        Assert.Equal(["a", "DETAIL:  b"], entries.Select(e => e.Message));
        Assert.Equal("a\nDETAIL:  b", Assert.Single(Read("2026-11-21 03:16:00.000 UTC [71] ERROR:  a\n2026-11-21 03:16:00.000 UTC [71] DETAIL:  b\n")).Message);
    }

    [Theory]
    [InlineData(27, 2)]
    [InlineData(0, 1)]
    public void Lines_that_the_platform_noted_apart_do_not_belong_together(int seconds, int count)
    {
        var reader = new EntryReader("service", "instance", stamped: true, LogClock.Utc(TimeProvider.System), new LogFilter());
        reader.Feed(true, "2026-11-21T03:16:00.1Z ERROR cannot start\n"u8);
        reader.Feed(true, Encoding.UTF8.GetBytes($"2026-11-21T03:16:{seconds:00}.2Z ValueError: no database\n"));
        reader.End();
        Assert.Equal(count, reader.Ready.Count);
    }

    [Fact]
    public void A_line_of_json_takes_no_indented_line_to_itself() => Assert.Equal(2, Read("{\"msg\":\"a\"}\n  indented\n").Count);

    [Fact]
    public void A_trace_on_one_stream_is_not_cut_by_a_line_of_the_other()
    {
        var reader = Reader();
        reader.Feed(true, "Error: boom\n    at a (/a.js:1)\n"u8);
        reader.Feed(false, "tick\n"u8);
        reader.Feed(true, "    at b (/b.js:1)\n"u8);
        reader.End();
        Assert.Equal([(LogStream.Error, "Error: boom\n    at a (/a.js:1)\n    at b (/b.js:1)"), (LogStream.Output, "tick")], reader.Ready.Select(e => (e.Value.Stream, e.Value.Raw)));
    }

    [Fact]
    public void A_stream_that_says_no_more_does_not_hold_back_the_other()
    {
        var reader = Reader();
        reader.Feed(true, "the only line\n"u8);
        for (int i = 0; i < 100; i++) reader.Feed(false, Encoding.UTF8.GetBytes($"tick {i}\n"));
        Assert.InRange(reader.Ready.Count, 60, 101);
        reader.End();
        Assert.Equal(["the only line", .. Enumerable.Range(0, 100).Select(i => $"tick {i}")], reader.Ready.Select(e => e.Value.Raw));
    }

    [Fact]
    public void An_entry_is_bounded_and_nothing_is_lost()
    {
        var text = new StringBuilder("Error: boom\n");
        for (int i = 0; i < 5000; i++) text.Append($"    at frame {i}\n");
        List<LogEntry> entries = Read(text.ToString());
        Assert.All(entries, e => Assert.True(e.Raw.Count(c => c == '\n') < EntryReader.MostLines));
        Assert.Equal(text.ToString(), string.Concat(entries.Select(e => e.Raw + "\n")));
    }

    private static EntryReader Reader() => new("service", "instance", stamped: false, new LogClock(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero), TimeSpan.Zero), new LogFilter());

    private static List<LogEntry> Read(string text)
    {
        EntryReader reader = Reader();
        reader.Feed(false, Encoding.UTF8.GetBytes(text));
        reader.End();
        return [.. reader.Ready.Select(e => e.Value)];
    }
}
