using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Stores.S3;

/// <summary>
/// Asks a bucket what it does with objects by itself. What a server does not know, or the key may not ask, stays unknown.
/// </summary>
internal sealed class S3Rules(S3Client client, string prefix)
{
    public async Task<StoreRules> ReadAsync(CancellationToken cancellationToken)
    {
        var rules = new StoreRules
        {
            KeepsVersions = await AskAsync(async (s3, token) => (bool?)((await s3.GetBucketVersioningAsync(client.Bucket,
                token).ConfigureAwait(false)).VersioningConfig?.Status == VersionStatus.Enabled),
                none: false, cancellationToken).ConfigureAwait(false),
            LocksObjects = await LocksObjectsAsync(cancellationToken).ConfigureAwait(false),
        };
        List<LifecycleRule>? found = await AskAsync(async (s3, token) =>
            (await s3.GetLifecycleConfigurationAsync(new GetLifecycleConfigurationRequest { BucketName = client.Bucket },
            token).ConfigureAwait(false))
            .Configuration?.Rules ?? [], none: [], cancellationToken).ConfigureAwait(false);
        if (found is null) return rules;
        LifecycleRule[] ours = [.. found.Where(r => r.Status == LifecycleRuleStatus.Enabled && Overlaps(r))];
        return rules with
        {
            KnowsLifecycle = true,
            ExpiresAfterDays = ours.Min(r => Positive(r.Expiration?.Days)),
            ExpiresAt = ours.Select(r => DayOf(r.Expiration?.Date)).Min(),
            // What is for a part of our keys leaves the rest as it is.
            ExpiresVersionsAfterDays = ours.Where(CoversAll).Min(r => Positive(r.NoncurrentVersionExpiration?.NoncurrentDays)),
            AbortsUploadsAfterDays = ours.Where(CoversAll).Min(r => Positive(r.AbortIncompleteMultipartUpload?.DaysAfterInitiation)),
        };
    }

    public Task<bool?> LocksObjectsAsync(CancellationToken cancellationToken) => AskAsync(async (s3, token) =>
        (bool?)((await s3.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationRequest { BucketName = client.Bucket }, token)
            .ConfigureAwait(false)).ObjectLockConfiguration?.ObjectLockEnabled == ObjectLockEnabled.Enabled), none: false,
                cancellationToken);

    private static DateTimeOffset? DayOf(DateTime? day) => day is { Year: > 1 } at ? new DateTimeOffset(at.ToUniversalTime()) : null;

    private static int? Positive(int? days) => days > 0 ? days : null;

    /// <summary>Whether a rule is for any of our keys. One that asks for tags or sizes may be, and is taken for one that is.</summary>
    private bool Overlaps(LifecycleRule rule)
    {
        string of = PrefixOf(rule);
        return of.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(of, StringComparison.Ordinal);
    }

    /// <summary>Whether a rule is for all of our keys: by its prefix, and by nothing else.</summary>
    private bool CoversAll(LifecycleRule rule) => rule.Filter?.LifecycleFilterPredicate is null or LifecyclePrefixPredicate
        && prefix.StartsWith(PrefixOf(rule), StringComparison.Ordinal);

    private static string PrefixOf(LifecycleRule rule) => rule.Filter?.LifecycleFilterPredicate switch
    {
        LifecyclePrefixPredicate only => only.Prefix ?? "",
        LifecycleAndOperator all => all.Operands?.OfType<LifecyclePrefixPredicate>().FirstOrDefault()?.Prefix ?? "",
        _ => "",
    };

    /// <summary>
    /// The answer; <paramref name="none"/> when the server says that there is no such thing set; null when it cannot be asked.
    /// </summary>
    private async Task<T?> AskAsync<T>(Func<IAmazonS3, CancellationToken, Task<T?>> ask, T? none, CancellationToken cancellationToken)
    {
        try { return await client.CallAsync(ask, cancellationToken).ConfigureAwait(false); }
        catch (OpsException e) when (e.InnerException is AmazonS3Exception answer)
        {
            if (answer.ErrorCode is "NoSuchLifecycleConfiguration" or "ObjectLockConfigurationNotFoundError") return none;
            // Not implemented, not allowed, not understood: nothing is known.
            if (answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized or HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed or HttpStatusCode.BadRequest or HttpStatusCode.NotFound)
                return default;
            throw;
        }
    }
}
