using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes.Plans;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Changes;

/// <summary>Keeps the plans of changes under way in the state folder, <c>changes/&lt;id&gt;.json</c>, from before the first step until the end.</summary>
internal sealed class ChangeFolder(string stateDirectory)
{
    private string Folder => Path.Combine(stateDirectory, "changes");

    /// <summary>Keeps a plan; durable on return.</summary>
    /// <exception cref="OpsException"><c>JournalUnwritable</c>, <c>StateNotTrusted</c>.</exception>
    public void Keep(string id, ChangePlan plan)
    {
        string path = PathOf(id);
        try
        {
            StateFolder.Prepare(stateDirectory, Folder, path);
            AtomicFile.Write(path, PlanFile.Write(plan));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpsException("JournalUnwritable", OpsErrorCategory.WriteError, $"The plan {path} cannot be kept: {e.Message}",
                $"Make {stateDirectory} writable for {Actor.Current.User} and see that its disk is not full.", plan.Target, e);
        }
    }

    /// <summary>The plan of a change under way; null when it was killed before it was kept, and so before its first step.</summary>
    public ChangePlan? Find(string id)
    {
        string path = PathOf(id);
        if (!File.Exists(path)) return null;
        try { return PlanFile.Read(File.ReadAllBytes(path), path); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ChangeErrors.PlanInvalid.Make($"The plan {path} cannot be read: {e.Message}", "Run as the user who made the change.", id, e);
        }
    }

    /// <summary>The change has ended.</summary>
    public void Forget(string id)
    {
        try { File.Delete(PathOf(id)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DirectoryNotFoundException) { /* it says nothing that the journal does not */ }
    }

    private string PathOf(string id) => Path.Combine(Folder, id + ".json");
}
