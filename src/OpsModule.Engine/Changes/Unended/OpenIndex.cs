using OpsModule.Engine.Changes.Chain;
using System.Text;
using System.Text.Json;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Unended;

/// <summary>
/// What had no end at one line of the journal, <c>journal.open</c>: who looks for unfinished changes reads on from there. It is made
/// from the journal alone, and made anew where it is missing or does not fit; nothing is ever only in it.
/// </summary>
internal sealed class OpenIndex
{
    private const int Format = 1;

    /// <summary>The last line that it knows: the number that its file begins with, where it begins and ends, its number and hash.</summary>
    public required (long File, long Offset, long End, JournalHead Line) At { get; init; }

    /// <summary>The changes without an end.</summary>
    public required IReadOnlyList<OpenChange> Open { get; init; }

    /// <summary>Where it lies.</summary>
    public static string PathOf(string stateDirectory) => Path.Combine(stateDirectory, "journal.open");

    /// <summary>Reads it. <paramref name="damaged"/> says that there is one that cannot be understood.</summary>
    public static OpenIndex? Read(string path, out bool damaged)
    {
        damaged = false;
        using FileStream? file = PrivateFile.OpenForReading(path);
        if (file is null) return null;
        damaged = true;
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        int end = bytes.AsSpan().IndexOf((byte)'\n');
        if (end < 0 || Encoding.ASCII.GetString(bytes.AsSpan(end + 1)) != JournalLine.HashOf(bytes.AsSpan(0, end)) + "\n") return null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(0, end));
            OpenIndex? index = Parse(document.RootElement);
            damaged = index is null;
            return index;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Writes it beside and puts it in place. The caller holds the lock that appends take.</summary>
    public void Write(string path)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) Write(json);
        string seal = JournalLine.HashOf(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        buffer.Write(Encoding.ASCII.GetBytes($"\n{seal}\n"));
        using (FileStream file = PrivateFile.Open(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None))
            file.Write(buffer.ToArray());
        File.Move(path + ".new", path, overwrite: true);
    }

    private static OpenIndex? Parse(JsonElement root)
    {
        if (root.GetProperty("format").GetInt32() != Format
            || JournalHead.Parse(root.GetProperty("line").GetString()!) is not { } line) return null;
        return new OpenIndex
        {
            At = (root.GetProperty("file").GetInt64(), root.GetProperty("offset").GetInt64(), root.GetProperty("end").GetInt64(), line),
            Open = [.. root.GetProperty("open").EnumerateArray()
                .Select(c => new OpenChange(c.GetProperty("id").GetString()!, c.GetProperty("target").GetString()!,
                [.. c.GetProperty("lines").EnumerateArray().Select(l => (l[0].GetInt64(), l[1].GetInt64()))]))],
        };
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("format", Format);
        json.WriteNumber("file", At.File);
        json.WriteNumber("offset", At.Offset);
        json.WriteNumber("end", At.End);
        json.WriteString("line", At.Line.ToString());
        json.WriteStartArray("open");
        foreach (OpenChange change in Open)
        {
            json.WriteStartObject();
            json.WriteString("id", change.Id);
            json.WriteString("target", change.Target);
            json.WriteStartArray("lines");
            foreach ((long file, long offset) in change.Lines)
            {
                json.WriteStartArray();
                json.WriteNumberValue(file);
                json.WriteNumberValue(offset);
                json.WriteEndArray();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
