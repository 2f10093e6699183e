using System.Reflection;
using System.Runtime.InteropServices;
using OpsModule.Foundations.Errors;

namespace OpsModule.Foundations.Bytes;

/// <summary>
/// The system's libzstd, called directly: its own worker threads compress, and the bytes are spared two trips through pipes, which
/// cost more than a second for each GB where a system call is dear. Function and parameter numbers are those of zstd.h (stable API).
/// </summary>
public static unsafe partial class Zstd
{
    private const string Library = "zstd";
    private static readonly string[] Candidates = ["libzstd.so.1", "libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib", "libzstd.dll"];
    private static readonly nint Handle = Load();

    static Zstd() => NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), static (name, _, _) => name == Library ? Handle : 0);

    internal const int CompressionLevel = 100, WindowLog = 101, HashLog = 102, MinMatch = 105, Strategy = 107, Workers = 400, JobSize = 401;
    internal const int StrategyFast = 1;
    internal const int Continue = 0, End = 2;
    internal const int MaxWindowLog = 27;

    /// <summary>True where the library is installed.</summary>
    public static bool IsAvailable => Handle != 0;

    internal static bool Failed(nuint code) => IsError(code) != 0;

    internal static nuint Check(nuint code) => !Failed(code) ? code : throw new OpsException("CompressionFailed", OpsErrorCategory.InvalidData,
        $"zstd reports: {Marshal.PtrToStringUTF8(GetErrorName(code))}.", "The stored object is damaged; test the backup and take another one.");

    [LibraryImport(Library, EntryPoint = "ZSTD_createCCtx")]
    internal static partial nint CreateCompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeCCtx")]
    internal static partial nuint FreeCompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_CCtx_setParameter")]
    internal static partial nuint SetParameter(nint context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_compressStream2")]
    internal static partial nuint Compress(nint context, ref Buffer output, ref Buffer input, int operation);

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    internal static partial nint CreateDecompressor();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    internal static partial nuint FreeDecompressor(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    internal static partial nuint SetDecompressorParameter(nint context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    internal static partial nuint Decompress(nint context, ref Buffer output, ref Buffer input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);

    [LibraryImport(Library, EntryPoint = "ZSTD_getErrorName")]
    private static partial nint GetErrorName(nuint code);

    private static nint Load()
    {
        foreach (string candidate in Candidates)
            if (NativeLibrary.TryLoad(candidate, out nint handle)) return handle;
        return 0;
    }

    /// <summary>ZSTD_inBuffer and ZSTD_outBuffer have the same shape.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Buffer
    {
        public byte* Data;
        public nuint Size;
        public nuint Position;
    }
}
