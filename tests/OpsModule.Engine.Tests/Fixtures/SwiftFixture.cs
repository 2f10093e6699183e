using System.Diagnostics;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;
using OpsModule.Connections.Vaults;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>Every test class that needs an S3 server joins this collection; they share one server and make their own buckets.</summary>
[CollectionDefinition(Name)]
public sealed class SwiftCollection : ICollectionFixture<SwiftFixture>
{
    public const string Name = "S3";
}

/// <summary>A throwaway S3 server on loopback: OpenStack Swift with one disk, one copy and its S3 interface.</summary>
public sealed class SwiftFixture : IAsyncLifetime
{
    public const string AccessKey = "test:admin", SecretKey = "fixture-secret-9Kd";

    /// <summary>A second pair, which may do the same.</summary>
    public const string SecondAccess = "test:second", SecondKey = "second-secret-4Lp";

    private readonly TempFolder _folder = new();
    private readonly List<Process> _servers = [];

    public int Port { get; private set; }

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(_folder["disk/d1"]);
        await File.WriteAllTextAsync(_folder["swift.conf"], "[swift-hash]\nswift_hash_path_suffix = throwaway\n");
        foreach (string kind in new[] { "account", "container", "object" })
        {
            int port = FreePorts.Take();
            await RunAsync("swift-ring-builder", $"{kind}.builder", "create", "4", "1", "1");
            await RunAsync("swift-ring-builder", $"{kind}.builder", "add", $"r1z1-127.0.0.1:{port}/d1", "1");
            await RunAsync("swift-ring-builder", $"{kind}.builder", "rebalance");
            await File.WriteAllTextAsync(_folder[$"{kind}.conf"], $"""
                [DEFAULT]
                bind_ip = 127.0.0.1
                bind_port = {port}
                swift_dir = {_folder.Path}
                devices = {_folder["disk"]}
                mount_check = false
                user = {Environment.UserName}
                workers = 1
                log_level = ERROR
                [pipeline:main]
                pipeline = {kind}-server
                [app:{kind}-server]
                use = egg:swift#{kind}
                fallocate_reserve = 0

                """);
            Start($"swift-{kind}-server", _folder[$"{kind}.conf"]);
        }
        int cache = FreePorts.Take();
        Start("memcached", "-l", "127.0.0.1", "-p", cache.ToString(), "-U", "0", "-m", "16", "-u", Environment.UserName);
        Port = FreePorts.Take();
        await File.WriteAllTextAsync(_folder["proxy.conf"], ProxyConfiguration(cache));
        Start("swift-proxy-server", _folder["proxy.conf"]);
        await WaitAsync();
    }

    public Task DisposeAsync()
    {
        foreach (Process server in _servers)
        {
            server.Kill(entireProcessTree: true);
            server.WaitForExit();
            server.Dispose();
        }
        _folder.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Settings of a store in a new bucket; through another port when a proxy stands between.</summary>
    public async Task<StoreSettings> NewBucketAsync()
    {
        StoreSettings settings = Settings("bucket-" + Guid.NewGuid().ToString("N")[..12], Port);
        using AmazonS3Client client = Client();
        await client.PutBucketAsync(settings.Bucket);
        return settings;
    }

    public static StoreSettings Settings(string bucket, int port) => new()
    {
        Name = "offsite",
        Bucket = bucket,
        Prefix = "prod",
        Endpoint = new Uri($"http://127.0.0.1:{port}"),
        Region = "us-east-1",
        AccessKey = new SecretReference(AccessKey, "/"),
        SecretKey = new SecretReference(SecretKey, "/"),
    };

    private AmazonS3Client Client() => new(new BasicAWSCredentials(AccessKey, SecretKey), new AmazonS3Config
    {
        ServiceURL = $"http://127.0.0.1:{Port}", ForcePathStyle = true, AuthenticationRegion = "us-east-1",
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    private async Task WaitAsync()
    {
        using AmazonS3Client client = Client();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                await client.ListBucketsAsync();
                return;
            }
            catch (Exception e) when (e is AmazonClientException or HttpRequestException && attempt < 150) { await Task.Delay(200); }
        }
    }

    private void Start(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        info.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        Process server = Process.Start(info)!;
        server.OutputDataReceived += (_, _) => { };
        server.ErrorDataReceived += (_, _) => { };
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        _servers.Add(server);
    }

    private async Task RunAsync(string program, params string[] arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(info)!;
        string text = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        // swift-ring-builder says 1 for a warning.
        if (process.ExitCode > 1) throw new InvalidOperationException($"{program}: {text}");
    }

    private string ProxyConfiguration(int cache) => $"""
        [DEFAULT]
        bind_ip = 127.0.0.1
        bind_port = {Port}
        swift_dir = {_folder.Path}
        user = {Environment.UserName}
        workers = 1
        log_level = ERROR
        [pipeline:main]
        pipeline = catch_errors gatekeeper cache listing_formats bulk s3api tempauth slo dlo proxy-server
        [app:proxy-server]
        use = egg:swift#proxy
        account_autocreate = true
        allow_account_management = true
        [filter:catch_errors]
        use = egg:swift#catch_errors
        [filter:gatekeeper]
        use = egg:swift#gatekeeper
        [filter:cache]
        use = egg:swift#memcache
        memcache_servers = 127.0.0.1:{cache}
        [filter:listing_formats]
        use = egg:swift#listing_formats
        [filter:bulk]
        use = egg:swift#bulk
        [filter:s3api]
        use = egg:swift#s3api
        s3_acl = false
        location = us-east-1
        dns_compliant_bucket_names = true
        max_bucket_listing = 5
        [filter:tempauth]
        use = egg:swift#tempauth
        user_test_admin = {SecretKey} .admin
        user_test_second = {SecondKey} .admin
        [filter:slo]
        use = egg:swift#slo
        [filter:dlo]
        use = egg:swift#dlo

        """;
}
