using OpsModule.Connections.Platforms.Contract;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;

namespace OpsModule.Engine.Tests.Platforms;

/// <summary>An image can bring the labels by which a database's container is known; it must not be handed the password.</summary>
[Collection(DockerCollection.Name)]
public sealed class PlantedContainerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_container_whose_image_says_that_it_is_the_service_is_refused_and_the_real_one_is_found(bool numbered)
    {
        using var lab = new ServiceLab();
        string labels = $"LABEL com.docker.compose.project={lab.Project} com.docker.compose.service=db" + (numbered ? " com.docker.compose.container-number=1" : "");
        string image = "planted-" + lab.Project, folder = Path.Combine(lab.Folder, "planted");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "Dockerfile"), $"FROM {DockerFixture.Image}\n{labels}\n");
        await DockerFixture.DockerAsync("build", "-q", "-t", image, folder);
        string planted = (await DockerFixture.DockerAsync("run", "-d", "--entrypoint", "sh", image, "-c", DockerFixture.Stay)).Trim();
        try
        {
            OpsException refused = await Assert.ThrowsAsync<OpsException>(() => lab.Platform.FindServerAsync("db", default));
            Assert.Equal("ContainerNotTrusted", refused.ErrorId);
            Assert.Contains(planted[..12], refused.Message, StringComparison.Ordinal);
            await lab.RunAsync("db", DockerFixture.Stay);
            ServiceInstance? found = await lab.Platform.FindServerAsync("db", default);
            Assert.NotEqual(planted, found!.Id);
        }
        finally
        {
            await DockerFixture.DockerAsync("rm", "-f", planted);
            await DockerFixture.DockerAsync("rmi", "-f", image);
        }
    }
}
