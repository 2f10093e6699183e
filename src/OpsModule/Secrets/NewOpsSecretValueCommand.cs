using System.Management.Automation;
using System.Security;
using OpsModule.Engine.Areas.Secrets;
using OpsModule.Foundations.Errors;

namespace OpsModule.Secrets;

/// <summary>
/// Makes a value that nobody can guess, as a SecureString.
/// </summary>
/// <remarks>
/// <para>Each character is drawn by itself from the system's source of random numbers. A value with fewer than 100 bits is made, with a
/// warning. As plain text it stands in the console, in a transcript and perhaps in a history: -AsPlainText is for what takes no
/// other.</para>
/// </remarks>
/// <example>
/// <code>$value = New-OpsSecretValue</code>
/// <para>32 letters and digits: 190 bits.</para>
/// </example>
/// <example>
/// <code>New-OpsSecretValue -Length 64 -Alphabet 0123456789abcdef -AsPlainText | Set-Clipboard</code>
/// <para>64 characters of hexadecimal, into the clipboard.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "OpsSecretValue")]
[OutputType(typeof(SecureString), typeof(string))]
public sealed class NewOpsSecretValueCommand : OpsCmdlet
{
    /// <summary>How many characters.</summary>
    [Parameter(Position = 0)]
    [ValidateRange(1, 4096)]
    public int Length { get; set; } = 32;

    /// <summary>The characters that it is made of, each once; letters and digits when it is left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Alphabet { get; set; } = SecretGenerator.LettersAndDigits;

    /// <summary>Gives the text itself.</summary>
    [Parameter]
    public SwitchParameter AsPlainText { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (Alphabet.Distinct().Count() != Alphabet.Length || Alphabet.Length < 2)
            throw new OpsException("AlphabetUnusable", OpsErrorCategory.InvalidArgument,
                "The alphabet has fewer than two characters, or one of them twice, which would then come more often.",
                    "Give each once, at least two.");
        if (SecretGenerator.BitsOf(Length, Alphabet) < SecretGenerator.EnoughBits)
        {
            string bits = SecretGenerator.BitsOf(Length, Alphabet).ToString("0", System.Globalization.CultureInfo.InvariantCulture);
            Warning($"The value has {bits} bits; with fewer than {SecretGenerator.EnoughBits} it can be guessed by whoever tries long "
                + "enough.");
        }
        string made = SecretGenerator.Make(Length, Alphabet);
        Emit(AsPlainText ? made : Secure(made));
        return Task.CompletedTask;
    }

    private static SecureString Secure(string text)
    {
        var secure = new SecureString();
        foreach (char c in text) secure.AppendChar(c);
        secure.MakeReadOnly();
        return secure;
    }
}
