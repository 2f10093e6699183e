using System.Text.Json;
using OpsModule.Engine.Changes;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Files;

namespace OpsModule.Engine.Areas.Tenants.Keeping;

/// <summary>
/// The tenants that are suspended, each in a file of the state folder, <c>tenants/NAME.json</c>: a file is there whole, and on the disk, or
/// not at all.
/// </summary>
internal sealed class TenantStore(OpsContext context)
{
    private const string Suffix = ".json";

    private string Folder => Path.Combine(context.Environment.StateDirectory, "tenants");

    /// <summary>All that are suspended, by name.</summary>
    /// <exception cref="OpsException"><c>TenantStoreUnreadable</c>.</exception>
    public IReadOnlyList<KeptTenant> List()
    {
        string[] files;
        // That it may not be looked into is not that there is nothing in it.
        try { files = Directory.GetFiles(Folder, "*" + Suffix); }
        catch (DirectoryNotFoundException) { return []; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unusable("tenants", Folder, e.Message, e); }
        return [.. files.Select(f => Path.GetFileNameWithoutExtension(f)).Where(TenantName.IsOne).Order(StringComparer.Ordinal)
            .Select(Read).OfType<KeptTenant>()];
    }

    /// <summary>What is kept of a tenant; null where it is not suspended.</summary>
    /// <exception cref="OpsException"><c>TenantStoreUnreadable</c>.</exception>
    public KeptTenant? Read(string tenant)
    {
        string path = PathOf(tenant);
        try
        {
            KeptTenant kept = JsonSerializer.Deserialize<KeptTenant>(File.ReadAllBytes(path)) ?? throw Unusable(tenant, path,
                "it is empty", null);
            return kept.Tenant == tenant ? kept : throw Unusable(tenant, path, $"it is of {kept.Tenant}", null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException) { return null; }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException) { throw Unusable(tenant, path,
            e.Message, e); }
    }

    /// <summary>Keeps it; durable on return.</summary>
    /// <exception cref="OpsException"><c>TenantStoreUnreadable</c>, <c>StateNotTrusted</c>.</exception>
    public void Write(KeptTenant kept)
    {
        string path = PathOf(kept.Tenant);
        StateFolder.Prepare(context.Environment.StateDirectory, Folder, path);
        try { AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(kept)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unusable(kept.Tenant, path, e.Message, e); }
    }

    /// <summary>Changes what is kept of a suspension, when it is of this change.</summary>
    public void Change(string tenant, string change, Func<KeptTenant, KeptTenant> how)
    {
        if (Read(tenant) is { } kept && kept.Change == change) Write(how(kept));
    }

    /// <summary>What was proven counts no more: letting the tenant in again has begun.</summary>
    public void Doubt(string tenant, string change) => Change(tenant, change, kept => kept with
    {
        IsProven = false, IsLifting = true, Proofs = ["Letting it in again was begun, and has not ended"],
    });

    /// <summary>Forgets it, when it is of this change; that it is gone is no error.</summary>
    public void Remove(string tenant, string change)
    {
        if (Read(tenant)?.Change != change) return;
        try { File.Delete(PathOf(tenant)); }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException) { throw Unusable(tenant, PathOf(tenant), e.Message, e); }
    }

    private static OpsException Unusable(string tenant, string path, string why, Exception? e) => TenantErrors.TenantStoreUnreadable.Make(
        $"What is kept of the suspension of {tenant} in {path} cannot be used: {why.TrimEnd('.')}.",
        "Bring the state folder's tenants/ back from a backup, or give this user the right to it: it says how to let the tenant in again.",
        tenant, e);

    private string PathOf(string tenant) => TenantName.IsOne(tenant) ? Path.Combine(Folder, tenant + Suffix)
        : throw new FormatException("What was named is no tenant.");
}
