using System.Security.Cryptography;
using OpsModule.Engine.Areas.Secrets.Contract;

namespace OpsModule.Engine.Areas.Secrets;

/// <summary>Makes values that nobody can guess.</summary>
public static class SecretGenerator
{
    /// <summary>Letters and digits, which no place has to quote.</summary>
    public const string LettersAndDigits = SecretAlphabets.LettersAndDigits;

    /// <summary>So many bits a value should have at least.</summary>
    public const int EnoughBits = 100;

    /// <summary>A new value: each character is drawn by itself, and all characters of the alphabet are equally likely.</summary>
    /// <param name="length">How many characters, at least 1.</param>
    /// <param name="alphabet">The characters, each once.</param>
    public static string Make(int length, string alphabet) => new(RandomNumberGenerator.GetItems<char>(alphabet, length));

    /// <summary>How many bits such a value has.</summary>
    public static double BitsOf(int length, string alphabet) => length * Math.Log2(Math.Max(1, alphabet.Distinct().Count()));
}
