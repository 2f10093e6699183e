using System.Text;
using OpsModule.Engine.Files;

namespace OpsModule.Engine.Environments;

/// <summary>Reads small UTF-8 files, saying as a finding why one cannot be read.</summary>
internal static class TextFile
{
    /// <summary>The text, or null with a finding.</summary>
    public static string? Read(string path, int maxBytes, FindingList findings)
    {
        try
        {
            if (Directory.Exists(path)) return Refuse("FileUnreadable", $"{path} is a folder.", "a file");
            using Stream stream = new FileStream(ForeignFile.OpenRegular(Path.GetFullPath(path)), FileAccess.Read, 0);
            byte[] bytes = new byte[maxBytes + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > maxBytes)
                return Refuse("FileTooLarge", $"The file is larger than {maxBytes / 1024} KiB; that is no environment file.", "the ops.yaml of an environment, a few KiB");
            return Decode(bytes.AsSpan(0, length), findings);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Refuse("FileNotFound", $"There is no file {path}.", "an existing file; New-OpsEnvironment writes one");
        }
        catch (UnauthorizedAccessException)
        {
            return Refuse("FileUnreadable", $"This user ({Environment.UserName}) may not read {path}.", "read permission");
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            return Refuse("FileUnreadable", $"{path} cannot be read: {e.Message}", null);
        }

        string? Refuse(string code, string message, string? expected)
        {
            findings.Error(code, null, "", message, expected);
            return null;
        }
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, FindingList findings)
    {
        if (bytes.StartsWith<byte>([0xFF, 0xFE]) || bytes.StartsWith<byte>([0xFE, 0xFF]))
        {
            findings.Error("NotUtf8", null, "", "The file is UTF-16.", "UTF-8; in PowerShell, Set-Content -Encoding utf8 writes it");
            return null;
        }
        if (bytes.StartsWith<byte>([0xEF, 0xBB, 0xBF])) bytes = bytes[3..];
        int bad = FirstInvalid(bytes);
        if (bad < 0) return Encoding.UTF8.GetString(bytes);

        int lineStart = bytes[..bad].LastIndexOf((byte)'\n') + 1;
        int line = bytes[..bad].Count((byte)'\n') + 1;
        int column = Encoding.UTF8.GetCharCount(bytes[lineStart..bad]) + 1;
        findings.Add(FindingSeverity.Error, "NotUtf8", line, column, "", $"The byte 0x{bytes[bad]:X2} is no text here.", "UTF-8", null);
        return null;
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        int offset = 0;
        while (offset < bytes.Length)
        {
            if (bytes[offset] == 0 || Rune.DecodeFromUtf8(bytes[offset..], out _, out int used) != System.Buffers.OperationStatus.Done) return offset;
            offset += used;
        }
        return -1;
    }
}
