using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>The real Compose v2, behind a script that notes each call.</summary>
internal sealed class CountedCompose : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string? _before = Environment.GetEnvironmentVariable("DOCKER_CONFIG");

    public CountedCompose()
    {
        string real = Path.Combine(ComposeV2.Folder, "cli-plugins", "docker-compose");
        string script = _folder.Write("cli-plugins/docker-compose", $"#!/bin/sh\necho \"$*\" >> {_folder["calls"]}\nexec {real} \"$@\"\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Environment.SetEnvironmentVariable("DOCKER_CONFIG", _folder.Path);
    }

    /// <summary>How often it was asked what files mean.</summary>
    public int Configs => File.Exists(_folder["calls"]) ? File.ReadAllLines(_folder["calls"]).Count(l => l.Split(' ').Contains("config")) : 0;

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("DOCKER_CONFIG", _before);
        _folder.Dispose();
    }
}
