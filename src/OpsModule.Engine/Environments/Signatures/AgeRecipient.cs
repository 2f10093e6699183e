namespace OpsModule.Engine.Environments.Signatures;

/// <summary>Tells by its form whether a text can be a recipient of age: a public key with its checksum, or an SSH public key.</summary>
internal static class AgeRecipient
{
    private const string Alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const int ChecksumLength = 6, LongestKind = 90;
    private static readonly uint[] Generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

    /// <summary>True for <c>age1...</c>, for the recipients of plugins (<c>age1NAME1...</c>) and for ssh-ed25519 and ssh-rsa keys.</summary>
    public static bool IsValid(string text)
    {
        if (text.StartsWith("ssh-", StringComparison.Ordinal)) return IsSsh(text);
        int separator = text.LastIndexOf('1');
        if (!text.StartsWith("age1", StringComparison.Ordinal) || separator > LongestKind || text.Length - separator - 1 < ChecksumLength) return false;
        string kind = text[..separator];
        // A native key is 32 bytes: 52 characters of five bits, and the checksum.
        return (kind != "age" || text.Length - separator - 1 == 52 + ChecksumLength) && HasChecksum(kind, text[(separator + 1)..]);
    }

    private static bool IsSsh(string text)
    {
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length >= 2 && parts[0] is "ssh-ed25519" or "ssh-rsa" && Convert.TryFromBase64String(parts[1], new byte[parts[1].Length], out int bytes) && bytes > 32;
    }

    /// <summary>The checksum of Bech32 (BIP 173): what a slip of a few characters does not survive.</summary>
    private static bool HasChecksum(string kind, string data)
    {
        uint sum = 1;
        foreach (char c in kind) Add((uint)c >> 5);
        Add(0);
        foreach (char c in kind) Add((uint)c & 31);
        foreach (char c in data)
        {
            int value = Alphabet.IndexOf(c);
            if (value < 0) return false;
            Add((uint)value);
        }
        return sum == 1;

        void Add(uint value)
        {
            uint top = sum >> 25;
            sum = ((sum & 0x1ffffff) << 5) ^ value;
            for (int i = 0; i < Generator.Length; i++)
                if (((top >> i) & 1) == 1) sum ^= Generator[i];
        }
    }
}
