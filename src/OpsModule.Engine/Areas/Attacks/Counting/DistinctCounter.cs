using System.IO.Hashing;
using System.Numerics;
using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Counting;

/// <summary>
/// How many different values there were, in 16 KiB: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier, 2007) over 64-bit hashes with 2^14
/// registers; its standard error is 0.81 %. Small numbers are counted by the registers left empty.
/// </summary>
internal sealed class DistinctCounter
{
    private const int Precision = 14, Registers = 1 << Precision;

    /// <summary>Standard error as a share of the count.</summary>
    public const double StandardError = 0.0081;

    private readonly byte[] _registers = new byte[Registers];

    /// <summary>Counts a value unless it was there before.</summary>
    public void Add(string value)
    {
        int most = Encoding.UTF8.GetMaxByteCount(value.Length);
        Span<byte> bytes = most <= 512 ? stackalloc byte[512] : new byte[most];
        ulong hash = XxHash64.HashToUInt64(bytes[..Encoding.UTF8.GetBytes(value, bytes)]);
        ref byte register = ref _registers[hash >> (64 - Precision)];
        register = Math.Max(register, (byte)(BitOperations.LeadingZeroCount(hash << Precision | 1UL << (Precision - 1)) + 1));
    }

    /// <summary>The estimate.</summary>
    public long Count
    {
        get
        {
            double sum = 0;
            int empty = 0;
            foreach (byte register in _registers)
            {
                sum += Math.ScaleB(1, -register);
                if (register == 0) empty++;
            }
            double raw = 0.7213 / (1 + 1.079 / Registers) * Registers * Registers / sum;
            return (long)Math.Round(raw <= 2.5 * Registers && empty > 0 ? Registers * Math.Log((double)Registers / empty) : raw);
        }
    }
}
