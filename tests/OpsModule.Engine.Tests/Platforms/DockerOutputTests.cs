using System.Buffers.Binary;
using Docker.DotNet;
using OpsModule.Connections.Platforms.Docker;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>Frames come out as they went in, however the connection cuts them.</summary>
public sealed class DockerOutputTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1_000_000)]
    public async Task Frames_of_any_size_arrive_whole_and_in_order(int mostAtOnce)
    {
        var random = new Random(mostAtOnce);
        var sent = new MemoryStream();
        var expected = new List<(bool Error, byte Value)>();
        foreach (int size in (int[])[0, 1, 8, 300, 0, 70_000, 200_000, 3])
        {
            bool error = random.Next(2) == 1;
            byte[] content = new byte[size], header = [(byte)(error ? 2 : 1), 0, 0, 0, 0, 0, 0, 0];
            random.NextBytes(content);
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), size);
            sent.Write(header);
            sent.Write(content);
            expected.AddRange(content.Select(b => (error, b)));
        }
        var arrived = new List<(bool Error, byte Value)>();
        await DockerOutput.ReadAsync(new MultiplexedStream(new Trickle(sent.ToArray(), mostAtOnce), multiplexed: true), "x", (error, bytes) =>
        {
            foreach (byte b in bytes.Span) arrived.Add((error, b));
            return ValueTask.CompletedTask;
        }, default);
        Assert.Equal(expected, arrived);
    }

    private sealed class Trickle(byte[] content, int mostAtOnce) : MemoryStream(content)
    {
        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            base.ReadAsync(buffer, offset, Math.Min(count, mostAtOnce), cancellationToken);
    }
}
