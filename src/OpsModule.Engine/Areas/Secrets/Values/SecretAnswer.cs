using System.Net;

namespace OpsModule.Engine.Areas.Secrets.Values;

/// <summary>What a server answered; its text is for reading, and is never shown.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The body, when it is no larger than 1 MiB; else empty.</param>
/// <param name="Next">The address of the next page (RFC 8288); null for none.</param>
internal sealed record SecretAnswer(HttpStatusCode Status, string Body, string? Next)
{
    /// <summary>The status as a number.</summary>
    public int Code => (int)Status;

    /// <summary>True from 200 to 299.</summary>
    public bool IsWell => Code is >= 200 and < 300;

    /// <summary>What a status says that is no proof, in words that follow the server's name.</summary>
    public string Unproven => Code switch
    {
        >= 300 and < 400 => $"answers {Code} and wants it elsewhere, which is not followed",
        429 => "answers 429: it takes no more just now, which proves nothing",
        >= 500 => $"answers {Code}: it is ill, which proves nothing",
        _ => $"answers {Code}, which proves nothing",
    };
}
