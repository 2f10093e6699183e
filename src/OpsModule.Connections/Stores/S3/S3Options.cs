using OpsModule.Connections.Vaults;

namespace OpsModule.Connections.Stores.S3;

/// <summary>Which bucket of which server, and with which keys.</summary>
public record S3Options
{
    /// <summary>The store's name.</summary>
    public required string Name { get; init; }

    /// <summary>The bucket, for an S3 store.</summary>
    public string? Bucket { get; init; }

    /// <summary>Key prefix inside the bucket.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Endpoint of an S3-compatible server; null for AWS.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>AWS region.</summary>
    public string? Region { get; init; }

    /// <summary>Access key id; null uses the AWS default chain.</summary>
    public SecretReference? AccessKey { get; init; }

    /// <summary>Secret access key.</summary>
    public SecretReference? SecretKey { get; init; }

    /// <summary>True addresses buckets by path; default is true where <see cref="Endpoint"/> is set.</summary>
    public bool? PathStyle { get; init; }

    /// <summary>How backups are locked as they are uploaded; null for not at all.</summary>
    public S3Lock? Lock { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} (s3://{Bucket}/{Prefix})";
}
