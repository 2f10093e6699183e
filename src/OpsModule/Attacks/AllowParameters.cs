using OpsModule.Engine.Attacks.Allowing;

namespace OpsModule.Attacks;

/// <summary>Makes an allow-list of what the parameters -Allow and -AllowList say.</summary>
internal static class AllowParameters
{
    public static AllowList? Read(string[]? entries, string[]? files, string folder)
    {
        if (entries is null && files is null) return null;
        return new AllowList([.. (entries ?? []).Select(AllowEntry.Parse), .. (files ?? []).SelectMany(f => AllowList.ReadFile(System.IO.Path.GetFullPath(f, folder)))]);
    }
}
