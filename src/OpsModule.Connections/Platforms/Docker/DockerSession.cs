using System.Net.Security;
using System.Net.Sockets;
using Docker.DotNet.Handler.Abstractions;

namespace OpsModule.Connections.Platforms.Docker;

/// <summary>
/// A connection that the engine has handed over to a program. .NET can take a connection over, but not close one direction of it, which is how a
/// program learns that its input has ended.
/// </summary>
/// <param name="stream">What is written is the program's input, what is read its output, in frames.</param>
/// <param name="line">The connection below it.</param>
internal sealed class DockerSession(Stream stream, Stream line) : WriteClosableStream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override bool CanCloseWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Tells the program that its input has ended.</summary>
    public override void CloseWrite()
    {
        if (line is NetworkStream plain) plain.Socket.Shutdown(SocketShutdown.Send);
        else if (line is SslStream secured) secured.ShutdownAsync().GetAwaiter().GetResult();
        // A named pipe has no directions to close; an empty message is how the engine's Windows side tells the end.
        else line.Write([]);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => stream.ReadAsync(buffer, offset, count, cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => stream.ReadAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => stream.WriteAsync(buffer, offset, count, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => stream.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => stream.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);

    public override void Flush() => stream.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) stream.Dispose();
        base.Dispose(disposing);
    }
}
