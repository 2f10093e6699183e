using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using OpsModule.Connections.Stores.Contract;
using OpsModule.Foundations.Errors;
using Polly;
using Polly.Retry;

namespace OpsModule.Connections.Stores.S3;

/// <summary>How patient a store is with its server.</summary>
public sealed record S3Patience
{
    /// <summary>Attempts after the first.</summary>
    public int Retries { get; init; } = 8;

    /// <summary>The first pause; each further one is twice as long, with jitter.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>How long a server may take to answer, or a body may stand still, before the request is tried again.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>The S3 client of one store with its retries, and its errors in the words of this module.</summary>
internal sealed class S3Client
{
    private readonly S3Patience _patience;
    private readonly Lazy<IAmazonS3> _client;

    public S3Client(S3Options settings, S3Patience patience, Func<string, int, CancellationToken, Task<Socket>>? way = null)
    {
        _patience = patience;
        Settings = settings;
        // A failure is not kept: a key that is missing may come.
        _client = new Lazy<IAmazonS3>(() => Listen(Connect(settings, way)), LazyThreadSafetyMode.PublicationOnly);
    }

    public S3Options Settings { get; }

    /// <summary>What time it is for the server, by the header of its last answer; null before the first.</summary>
    public DateTimeOffset? Clock => _heard is { } heard ? heard.Date + Stopwatch.GetElapsedTime(heard.At) : null;

    private sealed record Heard(DateTimeOffset Date, long At);

    private volatile Heard? _heard;

    private AmazonS3Client Listen(AmazonS3Client client)
    {
        client.AfterResponseEvent += (_, e) =>
        {
            if (e is WebServiceResponseEventArgs { ResponseHeaders: { } headers } && headers.TryGetValue("Date", out string? text)
                && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date))
                _heard = new Heard(date, Stopwatch.GetTimestamp());
        };
        return client;
    }

    public string Bucket => Settings.Bucket!;

    public TimeSpan AttemptTimeout => _patience.AttemptTimeout;

    public int Retries => _patience.Retries;

    /// <summary>Runs one request with retries. <paramref name="longer"/> is for one that may take longer than others.</summary>
    public Task<T> CallAsync<T>(Func<IAmazonS3, CancellationToken, Task<T>> request, CancellationToken cancellationToken, TimeSpan longer = default) =>
        RetryAsync((s3, attempt) => request(s3, attempt.Token), longer, cancellationToken);

    /// <summary>Runs one request with retries; null when the server has not what it is about.</summary>
    public async Task<T?> FindAsync<T>(Func<IAmazonS3, CancellationToken, Task<T>> request, CancellationToken cancellationToken, TimeSpan longer = default) where T : class
    {
        try { return await CallAsync(request, cancellationToken, longer).ConfigureAwait(false); }
        catch (OpsException e) when (e.InnerException is { } answer && IsMissing(answer)) { return null; }
    }

    /// <summary>Runs one request that carries bytes, with retries. It may take as long as it needs while the bytes move.</summary>
    public Task<T> SendAsync<T>(byte[] buffer, int count, Func<IAmazonS3, Stream, CancellationToken, Task<T>> request, CancellationToken cancellationToken) =>
        RetryAsync((s3, attempt) => request(s3, new S3Body(buffer, count, () => attempt.CancelAfter(AttemptTimeout)), attempt.Token), default, cancellationToken);

    private async Task<T> RetryAsync<T>(Func<IAmazonS3, CancellationTokenSource, Task<T>> request, TimeSpan longer, CancellationToken cancellationToken)
    {
        ResiliencePipeline pipeline = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = _patience.Retries,
                Delay = _patience.FirstPause,
                MaxDelay = TimeSpan.FromSeconds(20),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Exception is { } e && IsTransient(e) && !cancellationToken.IsCancellationRequested),
            })
            .Build();
        try { return await pipeline.ExecuteAsync(async token => await AttemptAsync(token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false); }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && Explain(e) is { } explained) { throw explained; }

        async Task<T> AttemptAsync(CancellationToken token)
        {
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(token);
            attempt.CancelAfter(AttemptTimeout + longer);
            try { return await request(_client.Value, attempt).ConfigureAwait(false); }
            catch (Exception e) when (attempt.IsCancellationRequested && !token.IsCancellationRequested)
            {
                throw new TimeoutException($"nothing moved for {(AttemptTimeout + longer).TotalSeconds:0} s", e);
            }
        }
    }

    /// <summary>True for what may go well when it is tried again.</summary>
    public static bool IsTransient(Exception error) => error switch
    {
        AmazonS3Exception e when e.ErrorCode is "SlowDown" or "RequestTimeout" or "RequestTimeTooSkewed" or "InternalError" or "ServiceUnavailable" => true,
        AmazonServiceException { StatusCode: HttpStatusCode.NotImplemented } => false,
        AmazonServiceException e when (int)e.StatusCode >= 500 || e.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout => true,
        // No answer at all: a refused or broken connection. An answer with a status is the server's word.
        AmazonServiceException e => e.StatusCode == 0 || (e.InnerException is { } inner && IsTransient(inner)),
        HttpRequestException or IOException or TimeoutException or WebException => true,
        OperationCanceledException e => e.InnerException is TimeoutException,
        _ => false,
    };

    private static bool IsMissing(Exception error) =>
        error is AmazonS3Exception { StatusCode: HttpStatusCode.NotFound } e && e.ErrorCode is not "NoSuchBucket";

    /// <summary>The error in this module's words, or null when it is not the server's or the network's.</summary>
    public OpsException? Explain(Exception error)
    {
        string name = Settings.Name, where = Settings.Endpoint?.ToString() ?? $"AWS ({Settings.Region ?? "default region"})";
        if (error is OpsException) return null;
        if (error is AmazonS3Exception { ErrorCode: "NoSuchBucket" })
            return new OpsException("StoreBucketMissing", OpsErrorCategory.ObjectNotFound, $"The store {name} has no bucket {Bucket} at {where}.",
                "Create the bucket, or correct 's3:' in the environment file.", name, error);
        if (error is AmazonServiceException { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } denied)
            return StoreErrors.Denied(name, $"{where} answered {denied.ErrorCode} ({(int)denied.StatusCode}) for bucket {Bucket}",
                "Check accessKey and secretKey, this host's clock, and that the key may list, read, write and delete in the bucket.", error);
        if (error is AmazonServiceException { StatusCode: HttpStatusCode.InsufficientStorage or HttpStatusCode.RequestEntityTooLarge } or AmazonS3Exception { ErrorCode: "QuotaExceeded" })
            return new OpsException("StoreFull", OpsErrorCategory.WriteError, $"The store {name} at {where} has no room left in bucket {Bucket}.",
                "Raise the quota or remove old backups (Remove-OpsBackup).", name, error);
        if (error is AmazonServiceException { StatusCode: HttpStatusCode.PreconditionFailed })
            return new OpsException("ObjectChanged", OpsErrorCategory.InvalidData, $"An object in bucket {Bucket} of the store {name} was replaced while it was read.",
                "Find out who else writes to the bucket, test the backup with Test-OpsBackup, and run the command again.", name, error);
        if (error is AmazonS3Exception { ErrorCode: "NoSuchUpload" })
            return StoreErrors.Unavailable(name, $"{where} no longer knows the multipart upload that was under way",
                "See that no lifecycle rule and no other run removes uploads under way, and run the command again.", error);
        if (error is AmazonClientException && Settings.AccessKey is null && error.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase))
            return StoreErrors.Denied(name, "it has no accessKey and secretKey, and the AWS default chain (environment, profile, role) found no credentials either",
                "Add both as references to the store in the environment file, or log in with AWS.", error);
        if (IsTransient(error))
            return StoreErrors.Unavailable(name, $"{where} did not answer as it should in {_patience.Retries + 1} attempts; the last: {Reason(error)}",
                "See that the endpoint is right and reachable from this host, and run the command again.", error);
        return error is AmazonServiceException or AmazonClientException
            ? StoreErrors.Unavailable(name, $"{where} answered: {Reason(error)}", "Correct the store's settings in the environment file.", error)
            : null;
    }

    private static string Reason(Exception error) => error is AmazonServiceException { StatusCode: not 0 } e
        ? $"{(int)e.StatusCode} {e.ErrorCode}"
        : (error.InnerException ?? error).Message;

    private static AmazonS3Client Connect(S3Options settings, Func<string, int, CancellationToken, Task<Socket>>? way)
    {
        var config = new AmazonS3Config { MaxErrorRetry = 0, Timeout = Timeout.InfiniteTimeSpan };
        if (way is not null) config.HttpClientFactory = new S3Way(way);
        if (settings.Endpoint is { } endpoint)
        {
            // Servers other than AWS often know neither aws-chunked bodies nor trailing checksums.
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = settings.Region ?? "us-east-1";
            config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
            config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }
        else if (settings.Region is { } region) config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        config.ForcePathStyle = settings.PathStyle ?? settings.Endpoint is not null;
        return settings is { AccessKey: { } access, SecretKey: { } secret }
            ? new AmazonS3Client(new BasicAWSCredentials(access.Resolve(), secret.Resolve()), config)
            : new AmazonS3Client(config);
    }
}
