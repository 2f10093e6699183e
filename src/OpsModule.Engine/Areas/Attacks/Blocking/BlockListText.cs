using System.Globalization;
using System.Net.Sockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Attacks.Blocking;

/// <summary>Writes a block list in the words of a program.</summary>
internal static class BlockListText
{
    /// <summary>How a file begins that may be replaced, because it was written here.</summary>
    public const string Mark = "Written by OpsModule";

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(TextWriter writer, BlockListFormat format, IReadOnlyList<BlockEntry> entries, TimeSpan? duration, string jail, DateTimeOffset now)
    {
        writer.NewLine = "\n";
        if (format == BlockListFormat.CrowdSec)
        {
            WriteJson(writer, entries, duration);
            return;
        }
        if (format == BlockListFormat.Nftables) writer.WriteLine("#!/usr/sbin/nft -f");
        if (format == BlockListFormat.Fail2ban) writer.WriteLine("#!/bin/sh");
        writer.WriteLine(FormattableString.Invariant($"# {Mark} at {now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}: {entries.Count} addresses."));
        switch (format)
        {
            case BlockListFormat.Nginx:
                foreach (BlockEntry entry in entries) writer.WriteLine($"deny {entry.Address}; # {entry.Reason}");
                break;
            case BlockListFormat.HAProxy:
                foreach (BlockEntry entry in entries) writer.WriteLine($"# {entry.Reason}\n{entry.Address}");
                break;
            case BlockListFormat.Fail2ban:
                writer.WriteLine("set -e");
                foreach (BlockEntry entry in entries) writer.WriteLine($"fail2ban-client set {jail} banip {entry.Address} # {entry.Reason}");
                break;
            default:
                WriteNftables(writer, entries, duration);
                break;
        }
    }

    /// <summary>What is to be done with the file.</summary>
    public static string Next(BlockListFormat format, string path) => format switch
    {
        BlockListFormat.Nginx => $"include {path}; in http, server or location of nginx.conf, then nginx -t && nginx -s reload",
        BlockListFormat.Nftables => $"nft -c -f {path} && nft -f {path}",
        BlockListFormat.Fail2ban => $"sh {path}",
        BlockListFormat.CrowdSec => $"cscli decisions import -i {path} --format json",
        _ => $"acl blocked src -f {path} and http-request deny if blocked in haproxy.cfg, then haproxy -c -f haproxy.cfg and reload",
    };

    /// <summary>True when a file was written here, so that the next run may replace it.</summary>
    public static bool IsOwn(string path)
    {
        using var reader = new StreamReader(new FileStream(ForeignFile.OpenRegular(path), FileAccess.Read, 0));
        var head = new char[600];
        string text = new string(head, 0, reader.ReadBlock(head)).TrimEnd();
        return text is "" or "[]" || text.Split('\n').Take(2).Any(l => l.StartsWith("# " + Mark, StringComparison.Ordinal)) || (text[0] == '[' && text.Contains("\"OpsModule: ", StringComparison.Ordinal));
    }

    // The table is made, deleted and made anew in one transaction: there is no moment without it, and nothing of other tables changes.
    private static void WriteNftables(TextWriter writer, IReadOnlyList<BlockEntry> entries, TimeSpan? duration)
    {
        writer.WriteLine("add table inet opsmodule\ndelete table inet opsmodule\ntable inet opsmodule {");
        foreach ((string name, string type, AddressFamily family) in new[] { ("blocked4", "ipv4_addr", AddressFamily.InterNetwork), ("blocked6", "ipv6_addr", AddressFamily.InterNetworkV6) })
        {
            writer.WriteLine($"    set {name} {{\n        type {type}");
            if (duration is not null) writer.WriteLine("        flags timeout");
            BlockEntry[] same = [.. entries.Where(e => e.Address.AddressFamily == family)];
            if (same.Length > 0)
            {
                writer.WriteLine("        elements = {");
                string timeout = duration is { } time ? $" timeout {Seconds(time)}" : "";
                foreach (BlockEntry entry in same) writer.WriteLine($"            {entry.Address}{timeout} comment \"{entry.Reason}\",");
                writer.WriteLine("        }");
            }
            writer.WriteLine("    }");
        }
        writer.WriteLine("    chain input {\n        type filter hook input priority -10; policy accept;\n        ip saddr @blocked4 drop\n        ip6 saddr @blocked6 drop\n    }\n}");
    }

    private static void WriteJson(TextWriter writer, IReadOnlyList<BlockEntry> entries, TimeSpan? duration)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Readable))
        {
            json.WriteStartArray();
            foreach (BlockEntry entry in entries)
            {
                json.WriteStartObject();
                json.WriteString("duration", Seconds(duration ?? TimeSpan.FromDays(1)));
                json.WriteString("reason", "OpsModule: " + entry.Reason);
                json.WriteString("scope", "ip");
                json.WriteString("type", "ban");
                json.WriteString("value", $"{entry.Address}");
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        writer.WriteLine(System.Text.Encoding.UTF8.GetString(bytes.ToArray()));
    }

    private static string Seconds(TimeSpan time) => Math.Max(1, (long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture) + "s";
}
