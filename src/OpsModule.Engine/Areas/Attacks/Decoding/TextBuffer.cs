namespace OpsModule.Engine.Areas.Attacks.Decoding;

/// <summary>Bytes that are used again and again; they grow to the longest text there was.</summary>
internal sealed class TextBuffer
{
    private byte[] _bytes = new byte[1024];

    public int Length { get; set; }

    public Span<byte> Span => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Set(ReadOnlySpan<byte> text)
    {
        Length = 0;
        Append(text);
    }

    public void Append(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_bytes.AsSpan(Length));
        Length += text.Length;
    }

    public void Append(byte b)
    {
        Reserve(1);
        _bytes[Length++] = b;
    }

    private void Reserve(int more)
    {
        if (Length + more > _bytes.Length) Array.Resize(ref _bytes, Math.Max(Length + more, _bytes.Length * 2));
    }
}
