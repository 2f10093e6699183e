using OpsModule.Engine.Areas.Secrets.Contract;
using OpsModule.Engine.Areas.Secrets.Guarding;
using OpsModule.Engine.Areas.Secrets.Places;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Secrets.Places;

/// <summary>A variable of the operator's shell is found, and does not count for what OpsModule runs.</summary>
[Collection(DockerCollection.Name)]
public sealed class ShellOverrideTests
{
    [Fact]
    public async Task A_variable_of_the_shell_is_told_and_refuses_a_rotation()
    {
        const string Name = "OPSTEST_SHELL_PW";
        using var second = new ComposeV2();
        using var lab = new PlaceLab($"services: {{ api: {{ image: x, env_file: [ api.env ], environment: {{ PW: \"${{{Name}}}\" }} }} }}\n");
        lab.Write(".env", $"{Name}=old-value\n");
        lab.Write("api.env", $"{Name}=old-value\n");
        TextPlace place = lab.Open(lab.File_(".env", Name))[0], given = lab.Open(lab.File_("api.env", Name))[0];
        SecretEntry entry = PlaceLab.Entry(SecretKind.Random, lab.File_(".env", Name));
        Assert.Empty(ShellOverride.Find([place]));
        Environment.SetEnvironmentVariable(Name, "of-the-shell");
        try
        {
            OpsException refused = Assert.Throws<OpsException>(() => ShellOverride.Refuse(entry, [place]));
            Assert.Equal("SecretShellOverrides", refused.ErrorId);
            Assert.Contains(Name, refused.Message);
            Assert.Contains($"unset {Name}", refused.RecommendedAction);
            Assert.DoesNotContain("of-the-shell", refused.Message);
            // What a service is given by a file is no variable of the project's, and no shell counts more.
            Assert.Empty(ShellOverride.Find([given]));
            // The file alone is written, and Compose asked, as if there were no such variable.
            await lab.WriteAsync(place, "new-value");
            Assert.Equal($"{Name}=new-value\n", lab.Read(".env"));
        }
        finally { Environment.SetEnvironmentVariable(Name, null); }
    }
}
