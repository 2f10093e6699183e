namespace OpsModule.Engine.Postgres;

/// <summary>An order-independent digest over rows in COPY text form. Two digests of parts can be added.</summary>
public sealed class RowDigest
{
    /// <summary>Rows seen.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes seen, line feeds included.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes whole rows, each ended by a line feed.</summary>
    public void Append(ReadOnlySpan<byte> rows) => throw new NotImplementedException($"{rows.Length}");

    /// <summary>Adds what another digest has seen.</summary>
    public void Add(RowDigest other) => throw new NotImplementedException($"{other}");

    /// <summary>32 lower-case hex digits.</summary>
    public override string ToString() => throw new NotImplementedException();
}
