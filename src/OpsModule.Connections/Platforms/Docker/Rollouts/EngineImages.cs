using System.Text.Json;
using Docker.DotNet.Models;
using OpsModule.Connections.Platforms.Contract;
using OpsModule.Connections.Platforms.Contract.Rollouts;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Docker.Rollouts;

/// <summary>Images of an engine, and what registries have.</summary>
internal sealed class EngineImages(DockerEngine engine)
{
    private static readonly TimeSpan LongestPull = TimeSpan.FromHours(2);

    public async Task<ImageFacts?> FindAsync(string reference, CancellationToken ct)
    {
        try
        {
            ImageInspectResponse found = await engine.CallAsync($"the image {reference}", (client, token) =>
                client.Images.InspectImageAsync(reference, token), ct).ConfigureAwait(false);
            string? test = found.Config?.Healthcheck?.Test?.FirstOrDefault();
            return new ImageFacts(found.ID, [.. found.RepoDigests ?? []], found.Os ?? "", found.Architecture ?? "", found.Size)
            {
                HasHealthCheck = test is not (null or "" or "NONE"),
                Variables = [.. found.Config?.Env ?? []],
                Settings = found.Config is not { } made ? new InstanceSettings() : new InstanceSettings
                {
                    Command = [.. made.Cmd ?? []], Entrypoint = [.. made.Entrypoint ?? []], User = made.User ?? "",
                    WorkingDirectory = made.WorkingDir ?? "", HealthTest = [.. made.Healthcheck?.Test ?? []],
                },
                Volumes = [.. found.Config?.Volumes?.Keys ?? (ICollection<string>)[]],
            };
        }
        catch (OpsException e) when (e.ErrorId == "ContainerNotFound") { return null; }
    }

    public async Task<RegistryImage> AskRegistryAsync(string reference, CancellationToken ct)
    {
        ImageReference image = ImageReference.Parse(reference);
        string name = image.Digest is null ? image.Tagged : $"{image.Repository}@{image.Digest}";
        string? login = RegistryLogin.Header(await RegistryLogin.FindAsync(image, ct).ConfigureAwait(false));
        try
        {
            JsonElement told = await engine.SendAsync(HttpMethod.Get,
                $"/distribution/{Uri.EscapeDataString(name).Replace("%2F", "/").Replace("%3A", ":").Replace("%40", "@")}/json", ct,
                login: login).ConfigureAwait(false);
            string digest = told.GetProperty("Descriptor").GetProperty("digest").GetString()!;
            string[] platforms = told.TryGetProperty("Platforms", out JsonElement list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select(p => $"{p.Text("os")}/{p.Text("architecture")}").Where(p => p.Length > 3
                    && !p.Contains("unknown"))] : [];
            return new RegistryImage(digest, platforms);
        }
        catch (OpsException e) when (e.ErrorId is "ContainerNotFound" or "EngineRefused" or "ContainerBusy") { throw Refused(reference,
            image, e.Message, e); }
    }

    public async Task PullAsync(string reference, CancellationToken ct)
    {
        ImageReference image = ImageReference.Parse(reference);
        AuthConfig? login = await RegistryLogin.FindAsync(image, ct).ConfigureAwait(false);
        string? failed = null;
        var told = new AtOnce<JSONMessage>(m => failed ??= m.Error?.Message);
        try
        {
            await engine.CallAsync($"the image {reference}", (client, token) => client.Images.CreateImageAsync(
                new ImagesCreateParameters { FromImage = image.Repository, Tag = image.Digest ?? image.Tag ?? "latest" }, login, told,
                    token), ct, LongestPull).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId is "ContainerNotFound" or "EngineRefused" or "ContainerBusy") { throw Refused(reference,
            image, e.Message, e); }
        if (failed is not null) throw Refused(reference, image, failed, null);
        // What is pulled by its digest has no other name; files say the tag.
        if (image is { Digest: not null, Tag: not null }) await TagAsync($"{image.Repository}@{image.Digest}", image.Tagged,
            ct).ConfigureAwait(false);
    }

    public Task TagAsync(string image, string name, CancellationToken ct)
    {
        ImageReference wanted = ImageReference.Parse(name);
        return engine.CallAsync($"the image {image}", (client, token) => client.Images.TagImageAsync(image,
            new ImageTagParameters { RepositoryName = wanted.Repository, Tag = wanted.Tag ?? "latest" }, token), ct);
    }

    public async Task ForgetAsync(string name, CancellationToken ct)
    {
        try
        {
            await engine.CallAsync($"the image {name}", (client, token) =>
                client.Images.DeleteImageAsync(name, new ImageDeleteParameters(), token), ct).ConfigureAwait(false);
        }
        catch (OpsException e) when (e.ErrorId is "ContainerNotFound" or "ContainerBusy") { /* gone, or something is made of it still */ }
    }

    /// <summary>What a registry says is in the engine's words, which are not those of people who have to do something about it.</summary>
    private static OpsException Refused(string reference, ImageReference image, string said, Exception? e)
    {
        string registry = image.Registry ?? "Docker Hub", words = said.TrimEnd('.');
        bool Says(params ReadOnlySpan<string> texts)
        {
            foreach (string text in texts)
                if (words.Contains(text, StringComparison.OrdinalIgnoreCase)) return true;
            return false;
        }
        if (Says("no space left"))
            return ImageErrors.ImagePullFailed.Make($"There is no room for the image {reference}: {words}.",
                "Make room (Clear-OpsStorage, docker image prune), then run the command again.", reference, e);
        if (Says("unauthorized", "authentication required", "no basic auth", "denied"))
            return ImageErrors.RegistryLoginNeeded.Make(
                $"{registry} does not give {reference} out to whoever this is, or does not have it: {words}.",
                $"Log in as this user (docker login{(image.Registry is { } host ? " " + host : "")}), or correct the image's name.",
                    reference, e);
        if (Says("manifest unknown", "not found", "no such", "name unknown", "repository does not exist") && !Says("no such host"))
            return ImageErrors.ImageNotFound.Make($"Neither this machine nor {registry} has the image {reference}: {words}.",
                "Correct the name or the tag, or push the image first.", reference, e);
        if (Says("no such host", "connection refused", "timeout", "deadline", "unreachable", "i/o", "dial tcp", "TLS", "EOF", "canceled"))
            return ImageErrors.RegistryUnreachable.Make($"{registry}, where {reference} would come from, does not answer: {words}.",
                "See whether the engine's machine reaches it. An image that was built here is taken without -Pull.", reference, e);
        return ImageErrors.ImagePullFailed.Make($"The image {reference} cannot be had: {words}.",
            "Mend what it reports, then run the command again.", reference, e);
    }
}
