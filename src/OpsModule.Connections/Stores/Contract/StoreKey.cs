using System.Text;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Stores.Contract;

/// <summary>The rules for keys, the same in every store: they are safe as file names below a folder and as S3 keys.</summary>
public static class StoreKey
{
    private const int LongestPart = 220; // leaves room for what a temporary file's name adds
    private const int LongestKey = 900;  // S3 allows 1024 with the prefix

    /// <summary>Returns the key when it is valid.</summary>
    /// <exception cref="OpsException"><c>StoreKeyInvalid</c>.</exception>
    public static string Check(string key)
    {
        string? why = key.Length == 0 ? "it is empty"
            : Encoding.UTF8.GetByteCount(key) > LongestKey ? $"it is longer than {LongestKey} bytes"
            : key.Contains('\\') ? "it contains a backslash"
            : key.Any(char.IsControl) ? "it contains a control character"
            : key.Split('/').Select(WhyPart).FirstOrDefault(w => w is not null);
        return why is null ? key : throw new OpsException("StoreKeyInvalid", OpsErrorCategory.InvalidArgument,
            $"'{key}' cannot be the key of a stored object: {why}.", "Use parts of letters, digits, '-', '_' and '.', with '/' between them.", key);
    }

    private static string? WhyPart(string part) =>
        part.Length == 0 ? "a part of it is empty"
        : part[0] == '.' ? $"its part '{part}' begins with a dot"
        : Encoding.UTF8.GetByteCount(part) > LongestPart ? $"a part of it is longer than {LongestPart} bytes"
        : null;
}
