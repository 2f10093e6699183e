using System.Text.Json;

namespace OpsModule.Engine.Areas.Tenants.Proving;

/// <summary>When a token ends that says so itself (a JWT). It is only read: whether it is genuine is the application's to say.</summary>
internal static class TokenExpiry
{
    /// <summary>When it ends; null where it does not say.</summary>
    public static DateTimeOffset? Of(string token)
    {
        string[] parts = token.Split('.');
        if (parts.Length != 3 || parts[1].Length is 0 or > 64 * 1024) return null;
        try
        {
            string padded = parts[1].Replace('-', '+').Replace('_', '/');
            byte[] bytes = Convert.FromBase64String(padded.PadRight((padded.Length + 3) / 4 * 4, '='));
            using JsonDocument claims = JsonDocument.Parse(bytes);
            return claims.RootElement.ValueKind == JsonValueKind.Object && claims.RootElement.TryGetProperty("exp", out JsonElement ends)
                && ends.ValueKind == JsonValueKind.Number && ends.TryGetDouble(out double seconds) && seconds is > 0 and < 253402300799
                ? DateTimeOffset.FromUnixTimeSeconds((long)seconds) : null;
        }
        catch (Exception e) when (e is FormatException or JsonException) { return null; }
    }
}
