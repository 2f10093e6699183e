using System.Security.Cryptography;
using System.Text;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>The style sheet, and the policy that lets a page use it and nothing else: no script, no picture, no request.</summary>
internal static class ReportStyle
{
    public static string Sheet { get; } = Read();

    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Sheet)))}'; base-uri 'none'; form-action 'none'";

    private static string Read()
    {
        using var reader = new StreamReader(typeof(ReportStyle).Assembly.GetManifestResourceStream("report.css")!);
        // A browser hashes what it parsed, and it parses every line end as a line feed.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
