using OpsModule.Engine.Environments;
using OpsModule.Engine.Tests.Fixtures;
using OpsModule.Foundations.Errors;
using OpsModule.Foundations.Reporting;

namespace OpsModule.Engine.Tests.Environments;

/// <summary>Tests that change OPS_ENVIRONMENT run one after the other.</summary>
[CollectionDefinition("OPS_ENVIRONMENT", DisableParallelization = true)]
public sealed class VariableCollection;

[Collection("OPS_ENVIRONMENT")]
public sealed class EnvironmentLocatorTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RecordingReporter _reporter = new();
    private readonly string? _variable = Environment.GetEnvironmentVariable(EnvironmentLocator.Variable);

    public EnvironmentLocatorTests() => Environment.SetEnvironmentVariable(EnvironmentLocator.Variable, null);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(EnvironmentLocator.Variable, _variable);
        _folder.Dispose();
    }

    [Fact]
    public void What_is_given_counts_before_the_variable_and_that_before_the_folder()
    {
        _folder.Write("here/ops.yaml", "environment: here");
        _folder.Write("given/ops.yaml", "environment: given");
        string variable = _folder.Write("variable/other.yaml", "environment: variable");

        Assert.Equal("here", Resolve(null, "here").Name);
        Environment.SetEnvironmentVariable(EnvironmentLocator.Variable, variable);
        Assert.Equal("variable", Resolve(null, "here").Name);
        Assert.Equal("given", Resolve("../given", "here").Name);
        Assert.Equal("given", Resolve("../given/ops.yaml", "here").Name);
        Assert.Equal("given", Resolve(new DirectoryInfo(Path.Combine(_folder.Path, "given")), "here").Name);
        OpsEnvironment ready = Resolve(null, "here");
        Assert.Same(ready, Resolve(ready, "given"));
    }

    [Fact]
    public void A_parent_folder_counts_and_the_nearest_wins()
    {
        _folder.Write("ops.yaml", "environment: far");
        _folder.Write("a/ops.yml", "environment: near");
        Directory.CreateDirectory(Path.Combine(_folder.Path, "a/b/c"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "d"));

        Assert.Equal("near", Resolve(null, "a/b/c").Name);
        Assert.Equal("far", Resolve(null, "d").Name);
    }

    [Theory]
    [InlineData("missing.yaml", "'missing.yaml' does not exist")]
    [InlineData(".", "holds no ops.yaml")]
    [InlineData("", "does not exist")]
    [InlineData("a\0b", "does not exist")]
    public void What_is_not_there_is_named(string given, string message)
    {
        var error = Assert.Throws<OpsException>(() => Resolve(given, "."));

        Assert.Equal("EnvironmentNotFound", error.ErrorId);
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void A_wrong_variable_is_named()
    {
        Environment.SetEnvironmentVariable(EnvironmentLocator.Variable, "/nowhere/ops.yaml");

        Assert.Contains("OPS_ENVIRONMENT", Assert.Throws<OpsException>(() => Resolve(null, ".")).Message);
    }

    [Fact]
    public void An_invalid_file_is_an_error_with_the_first_place_and_the_count_of_the_others()
    {
        string file = _folder.Write("ops.yaml", "environment: a\nservises: {}\ncaches: []\nstate: []");

        var error = Assert.Throws<OpsException>(() => Resolve(null, "."));

        Assert.Equal(("EnvironmentInvalid", OpsErrorCategory.InvalidData), (error.ErrorId, error.Category));
        Assert.Equal($"{file}(2,1): 'servises' is no key of the file's top level. Did you mean 'services'? (and 2 other errors)", error.Message);
        Assert.Contains("Test-OpsEnvironment", error.RecommendedAction);
    }

    [Fact]
    public void Warnings_go_to_the_reporter_and_do_not_stop_anything()
    {
        _folder.Write("ops.yaml", "environment: a\ncaches: { m: { host: h, password: hunter2 } }");

        Assert.Equal("a", Resolve(null, ".").Name);
        Assert.Contains(_reporter.Warnings, w => w.Contains("ops.yaml(2,35)") && w.Contains("holds the secret itself"));
    }

    private OpsEnvironment Resolve(object? given, string folder) =>
        EnvironmentLocator.Resolve(given, Path.GetFullPath(folder, _folder.Path), _reporter);

    private sealed class RecordingReporter : IOpsReporter
    {
        public List<string> Warnings { get; } = [];

        public void Progress(OpsProgress progress) { }

        public void Verbose(string message) { }

        public void Warning(string message) => Warnings.Add(message);
    }
}
