using System.Collections;
using System.Net;
using System.Numerics;
using Npgsql;
using NpgsqlTypes;

namespace OpsModule.Connections.Postgres.Queries;

/// <summary>Makes a statement's parameter of a value.</summary>
public static class QueryParameter
{
    /// <summary>The parameter; null for a value of a type that the server has none for.</summary>
    /// <param name="name">Its name, without the sign before it.</param>
    /// <param name="value">Its value.</param>
    public static NpgsqlParameter? Of(string name, object? value) => value switch
    {
        null or DBNull => new NpgsqlParameter(name, DBNull.Value),
        // What type a text has is the server's to say, as with a literal: a text is also how a uuid, a json or an enumeration is written.
        string text => new NpgsqlParameter(name, NpgsqlDbType.Unknown) { Value = text },
        char letter => new NpgsqlParameter(name, NpgsqlDbType.Unknown) { Value = letter.ToString() },
        bool or short or int or long or float or double or decimal or Guid or byte[] or TimeSpan or DateOnly or TimeOnly or BigInteger
            or IPAddress => new NpgsqlParameter(name, value),
        byte or sbyte => new NpgsqlParameter(name, Convert.ToInt16(value)),
        ushort => new NpgsqlParameter(name, Convert.ToInt32(value)),
        uint => new NpgsqlParameter(name, Convert.ToInt64(value)),
        ulong number => new NpgsqlParameter(name, (decimal)number),
        DateTime { Kind: DateTimeKind.Local } time => new NpgsqlParameter(name, time.ToUniversalTime()),
        DateTime time => new NpgsqlParameter(name, time),
        DateTimeOffset time => new NpgsqlParameter(name, time.ToUniversalTime()),
        Enum word => new NpgsqlParameter(name, NpgsqlDbType.Unknown) { Value = word.ToString() },
        IList list => ArrayOf(name, [.. list.Cast<object?>()]),
        _ => null,
    };

    private static NpgsqlParameter? ArrayOf(string name, object?[] values)
    {
        object[] said = [.. values.OfType<object>()];
        if (said.Length == 0 || said.All(v => v is string or char or Enum)) return new NpgsqlParameter(name,
            values.Select(v => v?.ToString()).ToArray());
        if (said.All(v => v is byte or sbyte or short or ushort or int)) return new NpgsqlParameter(name,
            values.Select(v => v is null ? (int?)null : Convert.ToInt32(v)).ToArray());
        if (said.All(v => v is byte or sbyte or short or ushort or int or uint or long))
            return new NpgsqlParameter(name, values.Select(v => v is null ? (long?)null : Convert.ToInt64(v)).ToArray());
        if (said.All(v => v is short or int or long or decimal)) return new NpgsqlParameter(name,
            values.Select(v => v is null ? (decimal?)null : Convert.ToDecimal(v)).ToArray());
        if (said.All(v => v is short or int or long or float or double)) return new NpgsqlParameter(name,
            values.Select(v => v is null ? (double?)null : Convert.ToDouble(v)).ToArray());
        if (said.All(v => v is bool)) return new NpgsqlParameter(name, values.Cast<bool?>().ToArray());
        if (said.All(v => v is Guid)) return new NpgsqlParameter(name, values.Cast<Guid?>().ToArray());
        if (said.All(v => v is DateTime { Kind: not DateTimeKind.Unspecified } or DateTimeOffset))
            return new NpgsqlParameter(name,
                values.Select(v => v switch { DateTime t => t.ToUniversalTime(), DateTimeOffset t => t.UtcDateTime, _ =>
                    (DateTime?)null }).ToArray());
        return said.All(v => v is DateTime { Kind: DateTimeKind.Unspecified })
            ? new NpgsqlParameter(name, values.Cast<DateTime?>().ToArray()) : null;
    }
}
