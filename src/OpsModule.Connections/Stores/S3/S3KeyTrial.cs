using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3.Model;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Stores.S3;

/// <summary>Tries the keys of a store.</summary>
public static class S3KeyTrial
{
    private static readonly S3Patience Patience = new() { Retries = 1, AttemptTimeout = TimeSpan.FromSeconds(15) };

    /// <summary>What a server says when a key is none of its own, or the signature is not the key's.</summary>
    private static readonly string[] Wrong = ["InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId",
        "UnrecognizedClientException"];

    /// <summary>Lists the bucket, of which one object is enough.</summary>
    /// <param name="settings">The store with the keys to try.</param>
    /// <param name="way">Makes the connections, to a host and a port, in another network; null in this machine's.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>True when it was listed, false when the keys were refused as wrong, null when neither was seen; and what was
    /// seen.</returns>
    public static async Task<(bool? IsAccepted, string Words)> TryAsync(S3Options settings,
        Func<string, int, CancellationToken, Task<Socket>>? way, CancellationToken cancellationToken)
    {
        string where = $"{settings.Endpoint?.Host ?? "AWS"} (bucket {settings.Bucket})";
        try
        {
            var client = new S3Client(settings, Patience, way);
            var request = new ListObjectsV2Request { BucketName = settings.Bucket, Prefix = settings.Prefix, MaxKeys = 1 };
            await client.CallAsync((s3, token) => s3.ListObjectsV2Async(request, token), cancellationToken).ConfigureAwait(false);
            return (true, $"{where} was listed with these keys");
        }
        catch (OpsException e) when (
            e.InnerException is AmazonServiceException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } answer)
        {
            return Wrong.Contains(answer.ErrorCode) ? (false, $"{where} refuses these keys ({answer.ErrorCode})")
                : (null, $"{where} answers {(int)answer.StatusCode} {answer.ErrorCode}: the keys may be right, and may not list");
        }
        catch (OpsException e) { return (null, e.Message.TrimEnd('.')); }
    }
}
