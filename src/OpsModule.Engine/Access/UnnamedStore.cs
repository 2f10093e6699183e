using OpsModule.Engine.Environments;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Access;

/// <summary>
/// A store that does not stand in the environment file: a folder, or a bucket with a prefix. Its location is its name, so that a record of
/// a backup in it
/// finds it again. No rules of retention are for it.
/// </summary>
public static class UnnamedStore
{
    private const string Bucket = "s3://";

    /// <summary>True for what is the location of a store, and not the name of one.</summary>
    public static bool IsLocation(string name) => IsBucket(name) || (Path.IsPathFullyQualified(name) && !name.Contains('\0'));

    /// <summary>True for <c>s3://bucket/prefix</c>.</summary>
    public static bool IsBucket(string name) => name.StartsWith(Bucket, StringComparison.OrdinalIgnoreCase);

    /// <summary>The location in its one form, when there is such a store.</summary>
    /// <exception cref="OpsException"><c>StoreFolderMissing</c>, <c>StoreInvalid</c>.</exception>
    public static string Checked(string location)
    {
        if (IsBucket(location))
        {
            (string bucket, string prefix) = Parts(location);
            return Bucket + bucket + (prefix.Length > 0 ? "/" + prefix : "");
        }
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(location));
        // A drive that is not mounted must not become a folder of the system's own disk.
        return Directory.Exists(folder) ? folder : throw new OpsException("StoreFolderMissing", OpsErrorCategory.ObjectNotFound,
            $"The folder {folder} is not there.", "Correct the path, mount the drive, or make the folder.", folder);
    }

    /// <summary>
    /// How to open it. A bucket is reached as a store of the environment reaches the same one; else as AWS's own tools would.
    /// </summary>
    public static StoreSettings SettingsOf(OpsEnvironment environment, string location)
    {
        if (!IsBucket(location)) return new StoreSettings { Name = location, Path = location };
        (string bucket, string prefix) = Parts(location);
        StoreSettings? known = environment.Backups.Stores.Values.FirstOrDefault(s => s.Bucket == bucket);
        return new StoreSettings
        {
            Name = location, Bucket = bucket, Prefix = prefix, Endpoint = known?.Endpoint, Region = known?.Region,
            AccessKey = known?.AccessKey, SecretKey = known?.SecretKey, PathStyle = known?.PathStyle,
        };
    }

    private static (string Bucket, string Prefix) Parts(string location)
    {
        string[] parts = location[Bucket.Length..].Split('/', 2);
        return parts[0].Length > 0 ? (parts[0], parts.ElementAtOrDefault(1)?.Trim('/') ?? "") : throw new OpsException("StoreInvalid",
            OpsErrorCategory.InvalidArgument, $"'{location}' names no bucket.", "Write s3://BUCKET or s3://BUCKET/PREFIX.", location);
    }
}
