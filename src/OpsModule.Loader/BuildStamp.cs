using System.Text;

namespace OpsModule.Loader;

/// <summary>What an assembly's file says of itself.</summary>
/// <param name="Build">The module version id, another for each build; compiling ahead keeps it.</param>
/// <param name="Machine">The processor and system that its code is for.</param>
/// <remarks>Read by hand, because System.Reflection.Metadata takes a seventh of the time in which the module is to be imported.</remarks>
internal readonly record struct BuildStamp(Guid Build, int Machine)
{
    /// <summary>Reads it; what is not a whole assembly is a <see cref="BadImageFormatException"/>.</summary>
    public static BuildStamp Read(string file)
    {
        using var bytes = new BinaryReader(File.OpenRead(file));
        try { return new BuildStamp(new Guid(At(bytes, GuidHeap(bytes)).ReadBytes(16)), At(bytes, At(bytes, 0x3C).ReadInt32() + 4).ReadUInt16()); }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException) { throw new BadImageFormatException($"{file} is not an assembly.", file, e); }
    }

    // ECMA-335 II.24.2: the root of the metadata names its streams; the module's own id is the first of #GUID.
    private static long GuidHeap(BinaryReader bytes)
    {
        long header = At(bytes, 0x3C).ReadInt32();
        int sections = At(bytes, header + 6).ReadUInt16();
        int optional = At(bytes, header + 20).ReadUInt16();
        bool wide = At(bytes, header + 24).ReadUInt16() == 0x20B;
        uint cli = At(bytes, header + 24 + (wide ? 112 : 96) + 14 * 8).ReadUInt32();
        long table = header + 24 + optional;
        long root = Place(bytes, table, sections, At(bytes, Place(bytes, table, sections, cli) + 8).ReadUInt32());
        int version = At(bytes, root + 12).ReadInt32();
        int streams = At(bytes, root + 16 + version + 2).ReadUInt16();
        for (int i = 0; i < streams; i++)
        {
            uint offset = bytes.ReadUInt32();
            bytes.ReadUInt32();
            if (Name(bytes) == "#GUID") return root + offset;
        }
        throw new EndOfStreamException();
    }

    /// <summary>A stream's name: ended by a zero, filled up to a multiple of four.</summary>
    private static string Name(BinaryReader bytes)
    {
        string name = "";
        while (true)
        {
            string four = Encoding.Latin1.GetString(bytes.ReadBytes(4));
            name += four;
            if (four.Length < 4 || four.Contains('\0')) return name.TrimEnd('\0');
        }
    }

    /// <summary>Where in the file an address of the loaded image lies. All sections must be in the file whole.</summary>
    private static long Place(BinaryReader bytes, long table, int sections, uint address)
    {
        long place = -1;
        for (int i = 0; i < sections; i++)
        {
            At(bytes, table + i * 40 + 8);
            uint size = bytes.ReadUInt32(), start = bytes.ReadUInt32(), written = bytes.ReadUInt32(), there = bytes.ReadUInt32();
            if ((long)there + written > bytes.BaseStream.Length) throw new EndOfStreamException();
            if (address >= start && address < start + size) place = there + (address - start);
        }
        return place >= 0 ? place : throw new EndOfStreamException();
    }

    private static BinaryReader At(BinaryReader bytes, long position)
    {
        bytes.BaseStream.Position = position;
        return bytes;
    }
}
