using System.Globalization;
using System.Text;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Tests.Changes;

/// <summary>Makes journals up: valid chains of any length, without flushing each line.</summary>
internal static class MadeJournal
{
    /// <summary>The environment whose state lies in this folder.</summary>
    public static OpsEnvironment Of(string state) => new() { Name = "web", Directory = state, StateDirectory = state };

    /// <summary>Changes of five lines each, all of them ended, in as many files as there would be.</summary>
    public static void Write(string state, int lines, long closeAt = JournalFile.CloseAt)
    {
        Directory.CreateDirectory(state, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string path = Path.Combine(state, "journal.jsonl"), previous = JournalLine.NoHash;
        DateTimeOffset time = DateTimeOffset.Parse("2026-01-01T00:00:00Z", CultureInfo.InvariantCulture);
        FileStream file = File.Create(path);
        long first = 1, written = 0;
        for (int i = 0; i < lines; i++)
        {
            (byte[] bytes, string hash) = Line(i, time.AddSeconds(i * 20L), previous).Seal();
            if (written >= closeAt)
            {
                file.Dispose();
                File.Move(path, JournalSegment.PathOf(state, first));
                (file, first, written) = (File.Create(path), i + 1, 0);
            }
            file.Write(bytes);
            file.WriteByte((byte)'\n');
            written += bytes.Length + 1;
            previous = hash;
        }
        file.Dispose();
        new JournalHead(lines, previous).Write(Path.Combine(state, "journal.head"));
        File.WriteAllText(Path.Combine(state, "journal.lock"), "");
    }

    private static JournalLine Line(int i, DateTimeOffset time, string previous)
    {
        int change = i / 5, at = i % 5;
        JournalEvent what = at switch { 0 => JournalEvent.Started, 4 => JournalEvent.Completed, _ => JournalEvent.Step };
        return new JournalLine
        {
            Sequence = i + 1, Time = time, Change = $"{time.AddSeconds(-20 * at):yyyyMMdd'T'HHmmss'Z'}-{change:x6}",
            Action = "Backup-OpsDatabase", Target = $"database/main/tenant/t{change % 500:000}", Event = what,
            Step = what is JournalEvent.Step ? $"step-{at}" : null, Message = what is JournalEvent.Completed ? "backed up" : null,
            Actor = new Actor("ops", "host-1", 4711),
            Data = at == 1 ? new Dictionary<string, string> { ["key"] = $"web/database/main/tenant/t{change % 500:000}/x.dump.zst", ["stores"] = "local" } : [],
            Previous = previous,
        };
    }
}
