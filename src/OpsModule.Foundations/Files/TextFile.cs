using System.Text;

namespace OpsModule.Foundations.Files;

/// <summary>Why a file is no text that can be read.</summary>
/// <param name="Code">The kind of fault, such as <c>NotUtf8</c>.</param>
/// <param name="Message">What was found.</param>
/// <param name="Expected">What was expected; null where the message says enough.</param>
/// <param name="Line">The line, from 1; 0 where it is the whole file.</param>
/// <param name="Column">The column, from 1; 0 where it is the whole file.</param>
public sealed record TextFault(string Code, string Message, string? Expected, int Line = 0, int Column = 0);

/// <summary>Reads small UTF-8 files, and says why one cannot be read.</summary>
public static class TextFile
{
    /// <summary>The text, or null after <paramref name="fault"/> was told why.</summary>
    public static string? Read(string path, int maxBytes, Action<TextFault> fault)
    {
        try
        {
            if (Directory.Exists(path)) return Refuse("FileUnreadable", $"{path} is a folder.", "a file");
            using Stream stream = new FileStream(ForeignFile.OpenRegular(Path.GetFullPath(path)), FileAccess.Read, 0);
            byte[] bytes = new byte[maxBytes + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > maxBytes)
                return Refuse("FileTooLarge", $"The file is larger than {maxBytes / 1024} KiB; that is no environment file.", "the ops.yaml of an environment, a few KiB");
            return Decode(bytes.AsSpan(0, length), fault);
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
            fault(new TextFault(code, message, expected));
            return null;
        }
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, Action<TextFault> fault)
    {
        if (bytes.StartsWith<byte>([0xFF, 0xFE]) || bytes.StartsWith<byte>([0xFE, 0xFF]))
        {
            fault(new TextFault("NotUtf8", "The file is UTF-16.", "UTF-8; in PowerShell, Set-Content -Encoding utf8 writes it"));
            return null;
        }
        if (bytes.StartsWith<byte>([0xEF, 0xBB, 0xBF])) bytes = bytes[3..];
        int bad = FirstInvalid(bytes);
        if (bad < 0) return Encoding.UTF8.GetString(bytes);

        int lineStart = bytes[..bad].LastIndexOf((byte)'\n') + 1;
        int line = bytes[..bad].Count((byte)'\n') + 1;
        int column = Encoding.UTF8.GetCharCount(bytes[lineStart..bad]) + 1;
        fault(new TextFault("NotUtf8", $"The byte 0x{bytes[bad]:X2} is no text here.", "UTF-8", line, column));
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
