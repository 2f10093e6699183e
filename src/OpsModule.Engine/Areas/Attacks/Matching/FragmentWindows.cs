using System.Buffers.Binary;
using System.Text;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Chooses in each fragment the few bytes it is looked for by: those that are rarest in logs, and those that another fragment is looked for by
/// already. "wget" is found by all of it, "/var/www/" by "/var", so that neither "get" nor "www" holds anything up.
/// </summary>
internal sealed class FragmentWindows
{
    /// <summary>A window is four bytes, and two of a fragment that is shorter.</summary>
    public const int Long = 4, Short = 2;

    // Sharing a window is worth this much: each one more lets a little more of the ordinary text through.
    private const double Shared = 0.3;

    // A window that stands in ordinary lines is to be had for this much only.
    private const double Common = 10_000;

    /// <summary>What logs are full of.</summary>
    private const string Ordinary = """
        192.168.0.1 - - [21/Nov/2026:03:07:59 +0000] "GET /static/assets/images/logo.png HTTP/1.1" 200 5120 "-" "-" "https://www.example.com/" "Mozilla/5.0 (Windows NT 10.0;
        Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36" (Macintosh; Intel Mac OS X 10_15_7) (X11; Linux x86_64; rv:127.0) Gecko/20100101
        Firefox/127.0 (iPhone; CPU iPhone OS 17_5 Version/17.5 Mobile/15E148 (compatible; bot/2.1; +http://www.google.com/bot.html) (Linux; Android 10; K) curl/8 okhttp/4
        python-requests/2. kube-probe/1. "POST /api/v1/users/login "PUT /products/search?q= "DELETE /orders "HEAD /index.html?page= &sort= &limit= "OPTIONS /health /metrics
        /js/ /css/ /blog/ .jpg .json .com http://127.0.0.1:8080/ https://localhost: /var/log/ db-1 db-main {"level":"info","time":"2026-11-21T03:07:59.123Z","msg":"request completed",
        "method":"GET","path":"/","status":200,"duration":,"user":null,"type":"error","host":"server","service":"name","id": level=info msg="request completed" INFO WARN DEBUG [main]
        com.example.service.impl - connection from database server session user created updated deleted started completed file with for and the this that not was are is in of on
        to at by error: failed: LOG:  duration: 5 ms  statement: SELECT column FROM table WHERE id = $1 AND INSERT INTO VALUES UPDATE execute parse bind sshd[: Accepted publickey
        for user from port ssh2: systemd[1]: Started session of user root kernel: version config component computed information null, true, false, data: accept response required
        content-type: application/json; charset=utf-8 when other form
        """;

    private static readonly HashSet<uint> CommonLongs = Windows(Long), CommonShorts = Windows(Short);

    private static HashSet<uint> Windows(int length)
    {
        byte[] text = Encoding.ASCII.GetBytes(Ordinary);
        return [.. Enumerable.Range(0, text.Length - length + 1).Select(i => At(text, i, length))];
    }

    /// <summary>How common bytes are in logs, roughly; what is not here is rare. Wrong figures cost time, never a match.</summary>
    private static readonly float[] Frequency = Frequencies();

    private readonly Dictionary<uint, int> _longs = [], _shorts = [];
    private readonly List<Entry> _entries = [];

    /// <summary>Chooses.</summary>
    /// <param name="fragments">In small letters, at least two bytes each; none twice.</param>
    public FragmentWindows(IEnumerable<byte[]> fragments)
    {
        // The short ones have no choice; what contains one of them needs none of its own.
        foreach (byte[] fragment in fragments.OrderBy(f => f.Length))
            if (!Contains(fragment)) Add(fragment);
    }

    /// <summary>A fragment that is looked for.</summary>
    /// <param name="Text">The fragment.</param>
    /// <param name="Offset">Where its window begins in it.</param>
    /// <param name="Next">Another entry with this window, or -1.</param>
    public readonly record struct Entry(byte[] Text, int Offset, int Next);

    /// <summary>The first entry for each window of four folded bytes.</summary>
    public Dictionary<uint, int> Longs => _longs;

    /// <summary>The first entry for each window of two folded bytes.</summary>
    public Dictionary<uint, int> Shorts => _shorts;

    /// <summary>All entries.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Both cases of a letter become one; some other bytes become one too, which a comparison tells apart.</summary>
    public static ulong Fold(ulong bytes) => bytes | 0x2020_2020_2020_2020;

    /// <summary>The window at a place.</summary>
    public static uint At(ReadOnlySpan<byte> text, int place, int length) => length == Long
        ? (uint)Fold(BinaryPrimitives.ReadUInt32LittleEndian(text[place..]))
        : (ushort)Fold(BinaryPrimitives.ReadUInt16LittleEndian(text[place..]));

    private bool Contains(byte[] fragment)
    {
        for (int i = 0; i <= fragment.Length - Short; i++)
        {
            if (Has(_shorts, At(fragment, i, Short), fragment, i)) return true;
            if (i <= fragment.Length - Long && Has(_longs, At(fragment, i, Long), fragment, i)) return true;
        }
        return false;
    }

    private bool Has(Dictionary<uint, int> windows, uint window, byte[] fragment, int place)
    {
        for (int i = windows.GetValueOrDefault(window, -1); i >= 0; i = _entries[i].Next)
        {
            (byte[] text, int begin) = (_entries[i].Text, place - _entries[i].Offset);
            if (begin >= 0 && fragment.AsSpan(begin).StartsWith(text)) return true;
        }
        return false;
    }

    private void Add(byte[] fragment)
    {
        int length = fragment.Length < Long ? Short : Long, best = 0;
        (Dictionary<uint, int> windows, HashSet<uint> common) = length == Long ? (_longs, CommonLongs) : (_shorts, CommonShorts);
        double least = double.MaxValue;
        for (int i = 0; i <= fragment.Length - length; i++)
        {
            uint candidate = At(fragment, i, length);
            double cost = (windows.ContainsKey(candidate) ? Shared : 1) * (common.Contains(candidate) ? Common : 1);
            for (int k = 0; k < length; k++) cost *= Frequency[fragment[i + k] | 0x20];
            if (cost < least) (best, least) = (i, cost);
        }
        uint window = At(fragment, best, length);
        _entries.Add(new Entry(fragment, best, windows.GetValueOrDefault(window, -1)));
        windows[window] = _entries.Count - 1;
    }

    private static float[] Frequencies()
    {
        var table = new float[256];
        Array.Fill(table, 1);
        foreach ((string characters, float each) in new (string, float)[]
        {
            (" ", 900), ("eaoti", 450), ("nsrlc", 330), ("dpmuhg", 220), ("bfykwv", 110), ("xzjq", 40), ("0123456789", 270), ("./-\":", 280), (",()=;+", 110),
            ("%&?{|}", 40), ("'<>*#@!$~`", 10),
        })
            foreach (char c in characters) table[c] = each;
        return table;
    }
}
