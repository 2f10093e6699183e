using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace OpsModule.Connections.Redis.Rdb;

/// <summary>
/// Walks through an RDB stream from its first byte to its checksum without loading a value: versions 9 to 12, all types, functions and what
/// modules wrote. Memory stays flat, but for one value at a time where a visitor wants values.
/// </summary>
/// <remarks>Written after the format of rdb.c and rdb.h of Redis 7.4. It blocks while it reads.</remarks>
public sealed class RdbReader
{
    /// <summary>Of longer names only the beginning is kept.</summary>
    public const int LongestName = 256 * 1024;

    private const int OldestVersion = 9, NewestVersion = 12, HeaderLength = 9;
    private static readonly byte[] Magic = "REDIS"u8.ToArray();

    private readonly RdbInput _input;
    private readonly RdbLengths _read;
    private readonly RdbValues _values;
    private readonly RdbVisitor _visitor;
    private readonly RdbKey _key = new();
    private readonly ArrayBufferWriter<byte> _payload = new();
    private readonly SortedSet<string> _modules = new(StringComparer.Ordinal);
    private byte[] _name = new byte[1024];
    private int _version, _functions;
    private long _keys;
    private string? _serverVersion;
    private DateTimeOffset? _madeAt;

    private RdbReader(Stream source, RdbVisitor visitor, CancellationToken cancellationToken)
    {
        _input = new RdbInput(source, cancellationToken);
        _read = new RdbLengths(_input);
        _values = new RdbValues(_input, _read);
        _visitor = visitor;
    }

    /// <summary>Walks through a stream to its end.</summary>
    /// <param name="source">The stream; it is read to its end, and must end with the RDB.</param>
    /// <param name="visitor">Told of what passes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Foundations.Errors.OpsException"><c>RdbTruncated</c>, <c>RdbDamaged</c>, <c>RdbUnknown</c>.</exception>
    public static RdbFacts Walk(Stream source, RdbVisitor visitor, CancellationToken cancellationToken)
    {
        var reader = new RdbReader(source, visitor, cancellationToken);
        reader.ReadHeader();
        while (reader.ReadNext()) { }
        return reader.ReadTrailer();
    }

    private void ReadHeader()
    {
        ReadOnlySpan<byte> header = _input.Take(HeaderLength);
        if (!header.StartsWith(Magic) || !int.TryParse(Encoding.Latin1.GetString(header[Magic.Length..]), NumberStyles.None,
            CultureInfo.InvariantCulture, out _version))
            throw RdbErrors.RdbDamaged.Make("This is no RDB: it does not begin with REDIS and a version.",
                header.StartsWith("DFS"u8) ? "Dragonfly writes RDB with --df_snapshot_format=false."
                    : "Name a dump that a Redis server has written.");
        if (_version is < OldestVersion or > NewestVersion)
            throw Unknown($"version {_version} of the format",
                $"versions {OldestVersion} to {NewestVersion} (Redis 5 to 8, Valkey 7.2 to 8)");
    }

    private bool ReadNext()
    {
        long from = _input.Position;
        byte code = _input.Byte();
        switch (code)
        {
            case RdbTypes.End: return false;
            case RdbTypes.Select:
                _key.Database = _read.Length() is >= 0 and <= 65535 and var number ? (int)number
                    : throw _read.Damaged("the number of a database");
                return true;
            case RdbTypes.Resize:
                _read.Length();
                _read.Length();
                return true;
            case RdbTypes.SlotInfo:
                for (int i = 0; i < 3; i++) _read.Length();
                return true;
            case RdbTypes.Aux:
                ReadAux();
                return true;
            case RdbTypes.Function:
                ReadFunction();
                return true;
            case RdbTypes.ModuleAux:
                _modules.Add(ReadModule());
                for (int i = 0; i < 2; i++) _read.Length();
                _values.SkipModule();
                return true;
            case RdbTypes.ExpireMilliseconds:
                _key.ExpiresAt = BinaryPrimitives.ReadInt64LittleEndian(_input.Take(8));
                return true;
            case RdbTypes.ExpireSeconds:
                _key.ExpiresAt = BinaryPrimitives.ReadInt32LittleEndian(_input.Take(4)) * 1000L;
                return true;
            case RdbTypes.Idle:
                _key.Idle = _read.Length();
                return true;
            case RdbTypes.Frequency:
                _key.Frequency = _input.Byte();
                return true;
            default:
                ReadKey(code, from);
                return true;
        }
    }

    private void ReadKey(byte type, long from)
    {
        _key.Type = type;
        _key.Kind = RdbTypes.KindOf(type) ?? throw Unknown($"the type {type} at byte {from:N0}", "the types of Redis 5 to 8");
        ReadName();
        bool wanted = _visitor.WantsValue(_key);
        if (wanted)
        {
            _payload.ResetWrittenCount();
            _payload.GetSpan(1)[0] = type;
            _payload.Advance(1);
            _input.Keep(_payload);
        }
        _key.Module = null;
        if (type == RdbTypes.Module)
        {
            _modules.Add(_key.Module = ReadModule());
            _values.SkipModule();
            _key.Elements = -1;
        }
        else _key.Elements = _values.Skip(type);
        if (wanted) EndPayload();
        _key.Bytes = _input.Position - from;
        _keys++;
        _visitor.OnKey(_key, wanted ? _payload.WrittenMemory : default);
        (_key.ExpiresAt, _key.Idle, _key.Frequency) = (null, null, null);
    }

    private void ReadName()
    {
        ReadOnlySpan<byte> name = _read.Text(LongestName, out long length);
        if (_name.Length < name.Length) _name = new byte[Math.Max(name.Length, 2 * _name.Length)];
        name.CopyTo(_name);
        _key.Name = _name.AsMemory(0, name.Length);
        _key.NameLength = length;
    }

    /// <summary>What DUMP puts behind a value: the version of the format, and the checksum of all.</summary>
    private void EndPayload()
    {
        _input.StopKeeping();
        BinaryPrimitives.WriteUInt16LittleEndian(_payload.GetSpan(2), (ushort)_version);
        _payload.Advance(2);
        ulong crc = RdbCrc.Append(0, _payload.WrittenSpan);
        BinaryPrimitives.WriteUInt64LittleEndian(_payload.GetSpan(8), crc);
        _payload.Advance(8);
    }

    private void ReadAux()
    {
        string name = _read.Word(), value = _read.Word();
        if (name is "redis-ver" or "valkey-ver") _serverVersion = value;
        else if (name == "ctime" && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
            && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()) _madeAt = DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    private void ReadFunction()
    {
        const int Longest = 16 * 1024 * 1024;
        // One that is longer is counted alone: who needs all compares the number.
        byte[]? code = _read.Whole(Longest);
        _functions++;
        if (code is not null) _visitor.OnFunction(code);
    }

    /// <summary>The name of a module's type: nine characters of six bits each, and a version.</summary>
    private string ReadModule()
    {
        const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        ulong id = (ulong)_read.Length();
        Span<char> name = stackalloc char[9];
        for (int i = 0; i < name.Length; i++) name[i] = Characters[(int)((id >> (58 - (6 * i))) & 63)];
        return name.ToString();
    }

    private RdbFacts ReadTrailer()
    {
        ulong counted = _input.Crc, said = BinaryPrimitives.ReadUInt64LittleEndian(_input.Take(8));
        if (said != 0 && said != counted)
            throw RdbErrors.RdbDamaged.Make($"The RDB is damaged: the checksum of its {_input.Position:N0} bytes is not the one at its end.",
                "Use another backup, and look for what damages files there.");
        long bytes = _input.Position;
        if (!_input.IsAtEnd())
            throw RdbErrors.RdbDamaged.Make($"Behind the end of the RDB, after {bytes:N0} bytes, there is more.", "Use another backup.");
        return new RdbFacts
        {
            Version = _version, ServerVersion = _serverVersion, MadeAt = _madeAt, Modules = [.. _modules], Functions = _functions,
            Keys = _keys, Bytes = bytes, HasChecksum = said != 0,
        };
    }

    private static Foundations.Errors.OpsException Unknown(string what, string known) => RdbErrors.RdbUnknown.Make(
        $"The RDB has {what}, which this version of the module does not know; it knows {known}.",
        "Use a version of this module that knows it. Other servers (KeyDB, Dragonfly, Valkey 9) write formats of their own.");
}
