using OpsModule.Connections.Platforms.Compose;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>A variable of the operator's shell is found, and does not count for what OpsModule runs.</summary>
[Collection(DockerCollection.Name)]
public sealed class ShellOverrideTests
{
    [Fact]
    public async Task A_variable_of_the_shell_is_told_and_hidden_from_Compose()
    {
        const string Name = "OPSTEST_SHELL_PW";
        using var second = new ComposeV2();
        using var lab = new PlaceLab($"services: {{ api: {{ image: x, environment: {{ PW: \"${{{Name}}}\" }} }} }}\n");
        lab.Write(".env", $"{Name}=old-value\n");
        TextPlace place = lab.Open(lab.File_(".env", Name))[0];
        Assert.Empty(ShellOverride.Find([place]));
        Environment.SetEnvironmentVariable(Name, "of-the-shell");
        try
        {
            Assert.Contains(Name, Assert.Single(ShellOverride.Find([place])));
            Assert.DoesNotContain("of-the-shell", ShellOverride.Find([place])[0]);
            await lab.WriteAsync(place, "new-value");
            Assert.Equal($"{Name}=new-value\n", lab.Read(".env"));
            Assert.Equal("of-the-shell", ComposeEnvFile.Shell(Name));
            using (ShellOverride.Clean([place])) Assert.Null(ComposeEnvFile.Shell(Name));
            Assert.Equal("of-the-shell", ComposeEnvFile.Shell(Name));
        }
        finally { Environment.SetEnvironmentVariable(Name, null); }
    }
}
