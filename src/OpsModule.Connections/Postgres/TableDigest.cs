namespace OpsModule.Connections.Postgres;

/// <summary>
/// How many rows a table has and what they are, in no particular order. Two tables with the same digest hold the same multiset of
/// rows, but for a chance of about 2^-64.
/// </summary>
/// <param name="Schema">The table's schema.</param>
/// <param name="Table">The table's name.</param>
/// <param name="Rows">The number of rows.</param>
/// <param name="Digest">32 hex digits; see <see cref="RowDigest"/> for how it is made.</param>
/// <param name="Bytes">Bytes of the rows in COPY's text form.</param>
public sealed record TableDigest(string Schema, string Table, long Rows, string Digest, long Bytes);
