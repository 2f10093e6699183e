using System.Collections;

namespace OpsModule.Completion;

/// <summary>What else stands on the line.</summary>
/// <param name="Command">The cmdlet.</param>
/// <param name="Parameters">The other parameters, as far as their values can be told without running anything.</param>
public sealed record CompletionRequest(string Command, IDictionary Parameters)
{
    /// <summary>The texts that a parameter has; null when it is not there.</summary>
    public IReadOnlyCollection<string>? Texts(string parameter) =>
        Parameters[parameter] is { } value && PipedObject.Each(value).Select(v => $"{v}").Where(t => t.Length > 0).ToArray() is { Length: > 0 } texts ? texts : null;
}
