namespace OpsModule.Engine.Areas.Recovery.Kits.Content;

/// <summary>A secret that ops.yaml refers to, and that must be had from elsewhere.</summary>
/// <param name="Path">Where it stands in ops.yaml.</param>
/// <param name="Reference">The reference; <c>(in ops.yaml itself)</c> for one that stands there.</param>
internal sealed record KitSecret(string Path, string Reference);
