namespace OpsModule.Host;

/// <summary>The <c>ops</c> program.</summary>
internal static class Program
{
    private static int Main() => 2;
}
