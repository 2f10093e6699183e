using System.Globalization;
using System.Text.Json;

namespace OpsModule.Connections.Platforms.Kubernetes.Rollouts;

/// <summary>Reads amounts that are a number or a share of a whole: <c>1</c>, <c>25%</c>.</summary>
internal static class Amount
{
    /// <summary>How many; null where nothing is said.</summary>
    /// <param name="value">What is said.</param>
    /// <param name="whole">The whole.</param>
    /// <param name="up">Whether a part of one counts as one.</param>
    public static int? Of(JsonElement value, int whole, bool up) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt32(out int number) => number,
        JsonValueKind.String when value.GetString() is { } text && text.EndsWith('%')
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int percent) =>
                Share(percent, whole, up),
        _ => null,
    };

    /// <summary>What a Deployment takes that says nothing.</summary>
    public static int Quarter(int whole, bool up) => Share(25, whole, up);

    private static int Share(int percent, int whole, bool up) =>
        (int)(up ? Math.Ceiling(percent * whole / 100d) : Math.Floor(percent * whole / 100d));
}
