using System.Text;

namespace OpsModule.Foundations.Network;

/// <summary>Reads what a server answers, and no more of it than anybody needs.</summary>
public static class HttpText
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>The text of an answer whose headers were read, of up to 1 MiB; empty where it is longer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="IOException">It broke off.</exception>
    public static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        Stream stream = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using var _ = stream.ConfigureAwait(false);
        byte[] bytes = new byte[MostBytes + 1];
        int length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length > MostBytes ? "" : Encoding.UTF8.GetString(bytes, 0, length);
    }
}
