namespace OpsModule.Engine.Areas.Secrets.Guarding;

/// <summary>A variable that an image reads when its data folder is empty, and never again.</summary>
/// <param name="Name">The variable; <c>_FILE</c> (and Grafana's <c>__FILE</c>) behind it means the same in a file.</param>
/// <param name="Images">Names of images that read it, without registry and tag; what begins with one counts.</param>
/// <param name="Remedy">What changes the value of a server that has its data already.</param>
/// <param name="Source">Where its maker says so.</param>
internal sealed record FirstStartVariable(string Name, IReadOnlyList<string> Images, string Remedy, string Source)
{
    /// <summary>Whether a service reads a variable in this way.</summary>
    public bool IsOf(string image, string variable) =>
        (variable == Name || variable == Name + "_FILE" || variable == Name + "__FILE")
        && Images.Any(i => image.StartsWith(i, StringComparison.Ordinal));
}
