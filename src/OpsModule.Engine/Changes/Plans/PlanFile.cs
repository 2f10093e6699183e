using System.Text.Json;
using System.Text.Json.Serialization;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes.Plans;

/// <summary>A plan as a file of JSON: written by one person, read, approved and run by another.</summary>
public static class PlanFile
{
    /// <summary>The version of the file's form.</summary>
    public const int Format = 1;

    private const int MaxBytes = 4 * 1024 * 1024;
    private const int MaxDepth = 64;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = MaxDepth,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file's bytes.</summary>
    public static byte[] Write(ChangePlan plan) => JsonSerializer.SerializeToUtf8Bytes(new Content(Format, plan.Hash, plan), Json);

    /// <summary>Reads a file.</summary>
    /// <exception cref="IOException">What the system says.</exception>
    /// <exception cref="OpsException">As the other.</exception>
    public static ChangePlan Read(string path)
    {
        using Stream file = ForeignFile.Open(path);
        // Nobody need read more of it than may be in one.
        byte[] bytes = new byte[Math.Min(file.Length, MaxBytes + 1)];
        file.ReadExactly(bytes);
        return Read(bytes, path);
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="bytes">What it holds.</param>
    /// <param name="name">The file, for errors.</param>
    /// <exception cref="OpsException"><c>PlanInvalid</c>: it is no plan, or was changed since it was written; <c>ChangeFromOtherVersion</c>.</exception>
    public static ChangePlan Read(ReadOnlySpan<byte> bytes, string name)
    {
        if (bytes.Length > MaxBytes) throw Invalid(name, $"it is larger than {MaxBytes / 1024 / 1024} MiB");
        Content? content;
        try { content = JsonSerializer.Deserialize<Content>(bytes, Json); }
        catch (JsonException e) { throw Invalid(name, e.Message.TrimEnd('.'), e); }
        if (content is { Format: not (0 or Format) })
            throw ChangeErrors.ChangeFromOtherVersion.Make($"{name} is a plan of form {content.Format}; this version of OpsModule reads form {Format}.", "Make the plan anew, or run it with the version that made it.", name);
        if (content?.Plan is not { } plan) throw Invalid(name, "it holds no plan");
        // Whoever approved it approved this hash; a plan that was edited is another plan.
        if (plan.Hash != content.Hash) throw Invalid(name, $"its hash is {plan.Hash}, and the one written in it is {content.Hash}: it was changed after it was made");
        return plan;
    }

    private static OpsException Invalid(string name, string why, Exception? inner = null) =>
        ChangeErrors.PlanInvalid.Make($"{name} is no plan that can be run: {why}.", "Make it anew with -PlanFile of the cmdlet that makes the change.", name, inner);

    private sealed record Content(int Format, string Hash, ChangePlan Plan);
}
