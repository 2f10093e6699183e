using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Chain;

/// <summary>
/// The number and hash of the last confirmed line, kept beside the journal so that lines cut off its end are missed. It is written
/// in place, at a fixed length, after the line itself is durable: it may lag behind the journal, it is never ahead of it.
/// </summary>
internal sealed partial record JournalHead(long Sequence, string Hash)
{
    /// <summary>As an operator may note it elsewhere: <c>42:9f86d0…</c>.</summary>
    public override string ToString() => $"{Sequence.ToString(CultureInfo.InvariantCulture)}:{Hash}";

    /// <summary>Reads <see cref="ToString"/>'s form, with or without leading zeros; null when it is anything else.</summary>
    public static JournalHead? Parse(string text) =>
        Form().Match(text) is { Success: true } match
            ? new JournalHead(long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), match.Groups[2].Value)
            : null;

    /// <summary>Reads the head file. <paramref name="damaged"/> says that there is one that cannot be understood.</summary>
    public static JournalHead? Read(string path, out bool damaged)
    {
        damaged = false;
        using FileStream? file = PrivateFile.OpenForReading(path);
        if (file is null || file.Length == 0) return null;
        byte[] bytes = new byte[Math.Min(file.Length, 200)];
        file.ReadExactly(bytes);
        string text = Encoding.Latin1.GetString(bytes);
        JournalHead? head = text.EndsWith('\n') ? Parse(text[..^1]) : null;
        damaged = head is null;
        return head;
    }

    /// <summary>Writes the head file.</summary>
    public void Write(string path)
    {
        byte[] bytes = Encoding.ASCII.GetBytes($"{Sequence.ToString("D18", CultureInfo.InvariantCulture)}:{Hash}\n");
        using FileStream file = PrivateFile.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(bytes);
        if (file.Length != bytes.Length) file.SetLength(bytes.Length);
    }

    [GeneratedRegex(@"\A([0-9]{1,18}):([0-9a-f]{64})\z")]
    private static partial Regex Form();
}
