using System.Text.Json;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Health.Memories;

/// <summary>What is wrong with the role that a server has now.</summary>
/// <param name="IsGrave">True when who counts on it cannot write.</param>
/// <param name="Text">What is wrong, in a sentence.</param>
/// <param name="Remedy">What to do.</param>
internal sealed record RoleProblem(bool IsGrave, string Text, string Remedy);

/// <summary>
/// Whether a server that takes no writes, because it follows another, is meant to: the environment file says so, or what it was before, or
/// its name.
/// </summary>
/// <param name="context">The environment.</param>
/// <param name="key">Which server: <c>databases.main</c>.</param>
/// <param name="follower">What one that follows is called: standby or replica.</param>
/// <param name="declared">What the environment file says that it is; null when it does not.</param>
internal sealed class MeantRole(OpsContext context, string key, string follower, string? declared)
{
    private const string Primary = "primary";

    /// <summary>What is seen all the time is written no more often than that.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    private static readonly string[] Followers = ["standby", "replica", "secondary", "follower", "slave", "reader", "reading",
        "readonly", "read", "ro"];

    private sealed record Seen(DateTimeOffset Time);

    private string Folder => Path.Combine(context.Environment.StateDirectory, "roles");

    private string File => Path.Combine(Folder, key + ".json");

    /// <summary>What is wrong with the role that it has; null when nothing is.</summary>
    /// <param name="follows">True when it follows another.</param>
    /// <param name="isOnly">True when the environment file knows no other server of its kind.</param>
    public RoleProblem? Judge(bool follows, bool isOnly)
    {
        if (!follows)
        {
            Remember();
            return declared is null or Primary ? null : new RoleProblem(false,
                $"{key}.role says that it is a {follower}, and it follows nobody and takes writes.",
                $"Find out who promoted it: two servers that both take writes drift apart. When it is meant, say {key}.role: {Primary}.");
        }
        if (declared == Primary)
            return new RoleProblem(true, $"{key}.role says that it is the primary, and it is a {follower}: it refuses every write.",
                $"Let {key} name the server that is the primary now, or promote this one.");
        if (declared is not null) return null;
        if (Read() is { } before)
            return new RoleProblem(true,
                $"It was the primary, last seen so at {before.Time.UtcDateTime:yyyy-MM-dd HH:mm}Z, and is a {follower} now: it refuses every write.",
                $"Let {key} name the server that is the primary now; when the change is meant, say {key}.role: {follower}.");
        return isOnly && !SaysItsName() ? new RoleProblem(false,
            $"It is a {follower} and refuses every write, and the environment file does not say that this is meant.",
            $"Let {key} name the primary; or, when it is to be a {follower}, say {key}.role: {follower}.") : null;
    }

    private bool SaysItsName() =>
        key.ToLowerInvariant().Split('.', '-', '_').Skip(1).Any(p => Followers.Contains(p.TrimEnd("0123456789".ToCharArray())));

    private Seen? Read()
    {
        try
        {
            using FileStream? file = PrivateFile.OpenForReading(File);
            return file is null ? null : JsonSerializer.Deserialize<Seen>(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { return null; }
    }

    private void Remember()
    {
        DateTimeOffset now = context.Time.GetUtcNow();
        if (Read() is { } before && (now - before.Time).Duration() < Fresh) return;
        try
        {
            PrivateFile.CreateFolder(Folder);
            AtomicFile.Write(File, JsonSerializer.SerializeToUtf8Bytes(new Seen(now)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who only looks need not be able to write here.
            context.Reporter.Verbose($"That {key} is a primary is not remembered: {e.Message}");
        }
    }
}
