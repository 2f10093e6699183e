using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Redis;
using OpsModule.Engine.Environments;

namespace OpsModule.Engine.Tests.Secrets.Redis;

/// <summary>By which address services know a cache.</summary>
public sealed class RedisPlaceTests
{
    /// <summary>In the network of a service, this machine's own address is that service itself, and not the cache.</summary>
    [Theory]
    [InlineData("redis", null, null, "redis:6380")]
    [InlineData("redis", null, "redis://app:{value}@other:1/0", "redis:6380")]
    [InlineData("redis", "cache.internal", null, "cache.internal:6380")]
    [InlineData(null, "cache.example.net", null, "cache.example.net:6380")]
    [InlineData(null, "127.0.0.1", "rediss://app:{value}@cache:7000/0", "cache:7000")]
    [InlineData(null, null, "redis://app:{value}@cache/0", "cache:6379")]
    [InlineData(null, null, null, null)]
    public void A_service_without_a_host_is_found_by_its_name(string? service, string? host, string? text, string? expected)
    {
        var entry = new SecretEntry { Name = "redis", Kind = SecretKind.Redis, Cache = "main", Uses = [new SecretUse { In = text }] };

        (string Host, int Port)? found = RedisProof.PlaceThere(entry,
            new CacheSettings { Name = "main", Service = service, Host = host, Port = 6380 });

        Assert.Equal(expected, found is { } at ? $"{at.Host}:{at.Port}" : null);
    }
}
