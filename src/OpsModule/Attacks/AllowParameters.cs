using OpsModule.Engine.Attacks.Allowing;
using OpsModule.Engine.Environments;

namespace OpsModule.Attacks;

/// <summary>Makes an allow-list of what the environment and the parameters -Allow and -AllowList say.</summary>
internal static class AllowParameters
{
    public static AllowList Read(AttackSettings settings, string[]? entries, string[]? files, string folder) =>
        new([.. settings.Allow, .. (entries ?? []).Select(AllowEntry.Parse), .. (files ?? []).SelectMany(f => AllowList.ReadFile(System.IO.Path.GetFullPath(f, folder)))]);
}
