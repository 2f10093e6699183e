using OpsModule.Foundations.Changes;
using OpsModule.Foundations.Errors;

namespace OpsModule.Connections.Platforms.Contract.Rollouts;

/// <summary>Makes, looks at and takes away single instances of a service. It decides nothing: what comes when is the caller's.</summary>
public interface IInstanceRollout : IServiceRollout
{
    /// <summary>What a service would be made of now.</summary>
    /// <exception cref="OpsException"><c>ComposeMissing</c>, <c>ComposeFailed</c>, <c>RolloutUnsupported</c> without files.</exception>
    Task<InstanceModel> ReadAsync(string service, CancellationToken cancellationToken);

    /// <summary>
    /// In what an instance differs from what would be made of the files now, beside its image: <c>environment</c>, <c>command</c> ...; none
    /// where it is the same.
    /// </summary>
    IReadOnlyList<string> Differences(InstanceModel model, InstanceFacts instance, ImageFacts? image);

    /// <summary>What would be made of the files, with what is known of an instance in its place; volumes and ports stay those of the
    /// files.</summary>
    InstanceModel AsMade(InstanceModel model, InstanceFacts instance, ImageFacts? image, IReadOnlyList<string> differences);

    /// <summary>The instances that there are, whatever they do, by their numbers; those of one run of a program are left out.</summary>
    Task<IReadOnlyList<InstanceFacts>> ListAsync(string service, CancellationToken cancellationToken);

    /// <summary>One of them; null when it is gone.</summary>
    Task<InstanceFacts?> LookAsync(string id, CancellationToken cancellationToken);

    /// <summary>What the machine of the instances is.</summary>
    Task<EngineFacts> ReadEngineAsync(CancellationToken cancellationToken);

    /// <summary>An image that is there; null when it is not.</summary>
    Task<ImageFacts?> FindImageAsync(string reference, CancellationToken cancellationToken);

    /// <summary>What a registry has under a name, without pulling it.</summary>
    /// <exception cref="OpsException"><c>ImageNotFound</c>, <c>RegistryLoginNeeded</c>, <c>RegistryUnreachable</c>.</exception>
    Task<RegistryImage> AskRegistryAsync(string reference, CancellationToken cancellationToken);

    /// <summary>Pulls an image, with the login that the docker client has for its registry.</summary>
    /// <exception cref="OpsException">As <see cref="AskRegistryAsync"/>, and <c>ImagePullFailed</c>: no room, for example.</exception>
    Task PullAsync(ChangeScope scope, string reference, CancellationToken cancellationToken);

    /// <summary>Gives an image a name of ours, which keeps it from being cleared away.</summary>
    Task KeepImageAsync(ChangeScope scope, string image, string name, CancellationToken cancellationToken);

    /// <summary>Takes such a name away; the image goes with its last name. That it is gone, or in use, is no error.</summary>
    Task ForgetImageAsync(ChangeScope scope, string name, CancellationToken cancellationToken);

    /// <summary>Makes instances beside those that there are, and starts none.</summary>
    /// <returns>The new ones.</returns>
    Task<IReadOnlyList<InstanceFacts>> MakeAsync(ChangeScope scope, InstanceMaking making, CancellationToken cancellationToken);

    /// <summary>Waits until nothing makes instances any more that a run before has begun: it goes on after a kill of ours.</summary>
    /// <exception cref="OpsException"><c>InstancesNotMade</c> where that does not end.</exception>
    Task SettleAsync(string service, CancellationToken cancellationToken);

    /// <summary>Starts an instance that was made or stopped, and runs what is to be run after that (<c>post_start</c>), each for as long
    /// as the limit at most; what fails, or does not end, is told and keeps nothing.</summary>
    Task StartAsync(ChangeScope scope, InstanceModel model, string id, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>Runs what is to be run before an instance is stopped (<c>pre_stop</c>), each for as long as the limit, or as its maker
    /// gives it for stopping, at most; what fails, or does not end, is told and keeps nothing.</summary>
    Task PrepareStopAsync(ChangeScope scope, InstanceModel model, string id, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>Stops an instance; null for the time that its maker gives it.</summary>
    Task StopAsync(ChangeScope scope, string id, TimeSpan? grace, CancellationToken cancellationToken);

    /// <summary>Takes an instance away. That it is gone already is no error.</summary>
    /// <param name="scope">The change.</param>
    /// <param name="id">Which one.</param>
    /// <param name="volumes">True takes its own nameless volumes away, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task RemoveAsync(ChangeScope scope, string id, bool volumes, CancellationToken cancellationToken);

    /// <summary>Gives an instance another name.</summary>
    Task RenameAsync(ChangeScope scope, string id, string name, CancellationToken cancellationToken);

    /// <summary>Runs an instance's own health check once, now.</summary>
    Task<InstanceAnswer> AskAsync(InstanceFacts instance, CancellationToken cancellationToken);

    /// <summary>How many connections the ports that it listens at have; null where that cannot be seen from here.</summary>
    /// <param name="id">The instance.</param>
    /// <param name="ports">Ports that it listened at before: what is told to stop may close them first, and keeps its connections.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task<int?> CountConnectionsAsync(string id, IReadOnlyCollection<int> ports, CancellationToken cancellationToken);

    /// <summary>The ports that it listens at now, for others than itself; none where that cannot be seen from here.</summary>
    Task<IReadOnlyList<int>> ReadPortsAsync(string id, CancellationToken cancellationToken);

    /// <summary>The last lines that an instance wrote, without values of its secrets.</summary>
    Task<IReadOnlyList<string>> ReadTailAsync(string id, int lines, CancellationToken cancellationToken);

    /// <summary>Runs a program to its end in an instance of its own, made of what is being brought out. Goes on with one that was
    /// begun.</summary>
    /// <returns>Its exit code and its last lines.</returns>
    Task<InstanceAnswer> RunOnceAsync(ChangeScope scope, InstanceMaking making, IReadOnlyList<string> command, string name,
        CancellationToken cancellationToken);

    /// <summary>Waits for the end of a program that <see cref="RunOnceAsync"/> has begun under a name, and begins none.</summary>
    /// <returns>As <see cref="RunOnceAsync"/>; null where there is none, or none that was started.</returns>
    Task<InstanceAnswer?> EndOnceAsync(string name, CancellationToken cancellationToken);

    /// <summary>Takes the lock of a service, which lies where every operator's machine sees it. One of the same change is taken
    /// over.</summary>
    /// <returns>Null when it is held now; else who has it.</returns>
    Task<RolloutHolder?> TryLockAsync(ChangeScope scope, string service, RolloutHolder holder, CancellationToken cancellationToken);

    /// <summary>Who has the lock; null when nobody has.</summary>
    Task<RolloutHolder?> FindLockAsync(string service, CancellationToken cancellationToken);

    /// <summary>Gives the lock back, where this change has it.</summary>
    Task UnlockAsync(ChangeScope scope, string service, string change, CancellationToken cancellationToken);
}
