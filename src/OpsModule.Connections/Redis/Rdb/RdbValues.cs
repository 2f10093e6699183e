using System.Buffers.Binary;

namespace OpsModule.Connections.Redis.Rdb;

/// <summary>Passes over values, whatever their type, and counts their elements. Nothing of them is kept.</summary>
/// <param name="input">The bytes.</param>
/// <param name="read">Reads lengths and texts.</param>
internal sealed class RdbValues(RdbInput input, RdbLengths read)
{
    private const int HeadLength = 16;

    /// <summary>Passes over one; returns how many elements it has, -1 where that is not said.</summary>
    public long Skip(byte type) => type switch
    {
        RdbTypes.String => SkipString(),
        RdbTypes.List or RdbTypes.Set => SkipTexts(Count(), 1),
        RdbTypes.Hash => SkipTexts(Count(), 2),
        RdbTypes.SortedSet => SkipScored(8),
        RdbTypes.SortedSetText => SkipScored(0),
        RdbTypes.ListQuicklist => SkipNodes(tagged: false),
        RdbTypes.ListQuicklist2 => SkipNodes(tagged: true),
        RdbTypes.HashZipmap => SkipBlob(static head => head[0] < 254 ? head[0] : -1),
        RdbTypes.SetIntset => SkipBlob(static head => head.Length < 8 ? -1 : BinaryPrimitives.ReadUInt32LittleEndian(head[4..])),
        RdbTypes.ListZiplist => SkipBlob(static head => Ziplist(head, 1)),
        RdbTypes.SortedSetZiplist or RdbTypes.HashZiplist => SkipBlob(static head => Ziplist(head, 2)),
        RdbTypes.SetListpack => SkipBlob(static head => Listpack(head, 1)),
        RdbTypes.HashListpack or RdbTypes.SortedSetListpack => SkipBlob(static head => Listpack(head, 2)),
        RdbTypes.HashTimedListpackEarly => SkipBlob(static head => Listpack(head, 3)),
        RdbTypes.HashTimedListpack => SkipTimed(),
        RdbTypes.HashTimed or RdbTypes.HashTimedEarly => SkipTimedFields(type),
        RdbTypes.Stream or RdbTypes.Stream2 or RdbTypes.Stream3 => SkipStream(type),
        _ => throw read.Damaged("a value"),
    };

    /// <summary>Passes over a module's value; the caller has read its id.</summary>
    public void SkipModule()
    {
        while (true)
        {
            switch (read.Length())
            {
                case 0: return;
                case 1 or 2:
                    read.Length();
                    break;
                case 3:
                    input.Skip(4);
                    break;
                case 4:
                    input.Skip(8);
                    break;
                case 5:
                    read.SkipText();
                    break;
                default: throw read.Damaged("a module's value");
            }
        }
    }

    private long SkipString()
    {
        read.SkipText();
        return 1;
    }

    private long Count() => read.Length() is >= 0 and var count ? count : throw read.Damaged("a number of elements");

    private long SkipTexts(long count, int each)
    {
        for (long i = 0; i < count; i++)
            for (int j = 0; j < each; j++) read.SkipText();
        return count;
    }

    private long SkipScored(int bytes)
    {
        long count = Count();
        for (long i = 0; i < count; i++)
        {
            read.SkipText();
            // As a text: its length, where 253 to 255 are what is no number.
            if (bytes > 0) input.Skip(bytes);
            else if (input.Byte() is < 253 and var length) input.Skip(length);
        }
        return count;
    }

    private long SkipNodes(bool tagged)
    {
        long nodes = Count(), elements = 0;
        for (long i = 0; i < nodes; i++)
        {
            bool plain = tagged && read.Length() switch { 1 => true, 2 => false, _ => throw read.Damaged("a node of a list") };
            long inside = plain ? SkipString() : SkipBlob(tagged ? static head => Listpack(head, 1) : static head => Ziplist(head, 1));
            elements = inside < 0 || elements < 0 ? -1 : elements + inside;
        }
        return elements;
    }

    private long SkipTimed()
    {
        input.Skip(8);
        return SkipBlob(static head => Listpack(head, 3));
    }

    private long SkipTimedFields(byte type)
    {
        if (type == RdbTypes.HashTimed) input.Skip(8);
        long count = Count();
        for (long i = 0; i < count; i++)
        {
            read.Length();
            read.SkipText();
            read.SkipText();
        }
        return count;
    }

    private long SkipStream(byte type)
    {
        SkipTexts(Count(), 2);
        long entries = Count();
        SkipLengths(type >= RdbTypes.Stream2 ? 7 : 2);
        for (long groups = Count(); groups > 0; groups--)
        {
            read.SkipText();
            SkipLengths(type >= RdbTypes.Stream2 ? 3 : 2);
            for (long pending = Count(); pending > 0; pending--)
            {
                input.Skip(24);
                read.Length();
            }
            for (long consumers = Count(); consumers > 0; consumers--)
            {
                read.SkipText();
                input.Skip(type >= RdbTypes.Stream3 ? 16 : 8);
                for (long pending = Count(); pending > 0; pending--) input.Skip(16);
            }
        }
        return entries;
    }

    private void SkipLengths(int count)
    {
        for (int i = 0; i < count; i++) read.Length();
    }

    private delegate long HeadCount(ReadOnlySpan<byte> head);

    private long SkipBlob(HeadCount count)
    {
        ReadOnlySpan<byte> head = read.Text(HeadLength, out long length);
        return length > 0 && head.Length > 0 ? count(head) : throw read.Damaged("a packed value");
    }

    private static long Ziplist(ReadOnlySpan<byte> head, int each) =>
        head.Length >= 10 ? Of(BinaryPrimitives.ReadUInt16LittleEndian(head[8..]), each) : -1;

    private static long Listpack(ReadOnlySpan<byte> head, int each) =>
        head.Length >= 6 ? Of(BinaryPrimitives.ReadUInt16LittleEndian(head[4..]), each) : -1;

    private static long Of(ushort count, int each) => count == ushort.MaxValue ? -1 : count / each;
}
