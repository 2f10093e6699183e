using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace OpsModule.Engine.Tests.Fixtures.Kubernetes;

/// <summary>The objects of the API server, with resource versions, generations and watchers.</summary>
public sealed class KubeStore
{
    private readonly object _gate = new();
    private readonly Dictionary<(string Resource, string Name), JsonObject> _objects = [];
    private readonly List<(string Resource, ChannelWriter<string> Writer)> _watchers = [];
    private readonly List<(int Version, string Resource, string Line)> _history = [];
    private int _version = 100;

    /// <summary>Told of every change of a specification.</summary>
    public event Action<string, JsonObject>? Specified;

    public JsonObject? Find(string resource, string name)
    {
        lock (_gate) return (JsonObject?)_objects.GetValueOrDefault((resource, name))?.DeepClone();
    }

    public IReadOnlyList<JsonObject> List(string resource)
    {
        lock (_gate) return [.. _objects.Where(o => o.Key.Resource == resource).OrderBy(o => o.Key.Name, StringComparer.Ordinal).Select(o => (JsonObject)o.Value.DeepClone())];
    }

    public JsonObject Add(string resource, JsonObject thing)
    {
        lock (_gate)
        {
            JsonObject metadata = thing["metadata"]!.AsObject();
            metadata["uid"] ??= Guid.NewGuid().ToString();
            metadata["namespace"] ??= "shop";
            metadata["creationTimestamp"] ??= KubeSamples.Time(DateTimeOffset.UtcNow);
            if (thing["spec"] is not null) metadata["generation"] ??= 1;
            Put("ADDED", resource, thing);
        }
        return (JsonObject)thing.DeepClone();
    }

    public void Remove(string resource, string name)
    {
        lock (_gate)
        {
            if (!_objects.Remove((resource, name), out JsonObject? thing)) return;
            thing["metadata"]!["resourceVersion"] = (++_version).ToString();
            Tell("DELETED", resource, thing);
        }
    }

    /// <summary>Changes an object; null when it is not there.</summary>
    public JsonObject? Change(string resource, string name, Action<JsonObject> change)
    {
        bool specified;
        JsonObject thing;
        lock (_gate)
        {
            if (!_objects.TryGetValue((resource, name), out JsonObject? known)) return null;
            string before = known["spec"]?.ToJsonString() ?? "";
            thing = known;
            change(thing);
            specified = before != (thing["spec"]?.ToJsonString() ?? "");
            if (specified) thing["metadata"]!["generation"] = (int)thing["metadata"]!["generation"]! + 1;
            Put("MODIFIED", resource, thing);
            thing = (JsonObject)thing.DeepClone();
        }
        if (specified) Specified?.Invoke(resource, thing);
        return thing;
    }

    /// <summary>Changes an object if it still is of a version; null when it is not there, or of another one.</summary>
    public JsonObject? ChangeIf(string resource, string name, string? version, Action<JsonObject> change)
    {
        // The same lock again: nobody comes between the look and the change.
        lock (_gate)
        {
            if (version is not null && (string?)_objects.GetValueOrDefault((resource, name))?["metadata"]!["resourceVersion"] != version) return null;
            return Change(resource, name, change);
        }
    }

    /// <summary>What changed since a version, and changes from now on, as the API server writes it.</summary>
    public ChannelReader<string> Watch(string resource, int since)
    {
        Channel<string> channel = Channel.CreateUnbounded<string>();
        lock (_gate)
        {
            foreach ((int version, string changed, string line) in _history) if (changed == resource && version > since) channel.Writer.TryWrite(line);
            _watchers.Add((resource, channel.Writer));
        }
        return channel.Reader;
    }

    /// <summary>Ends every watch, as an API server does after a while.</summary>
    public void EndWatches()
    {
        lock (_gate)
        {
            foreach ((_, ChannelWriter<string> writer) in _watchers) writer.TryComplete();
            _watchers.Clear();
        }
    }

    public string Version => _version.ToString();

    private void Put(string how, string resource, JsonObject thing)
    {
        thing["metadata"]!["resourceVersion"] = (++_version).ToString();
        _objects[(resource, (string)thing["metadata"]!["name"]!)] = thing;
        Tell(how, resource, thing);
    }

    private void Tell(string how, string resource, JsonObject thing)
    {
        string line = new JsonObject { ["type"] = how, ["object"] = thing.DeepClone() }.ToJsonString() + "\n";
        _history.Add((_version, resource, line));
        foreach ((string watched, ChannelWriter<string> writer) in _watchers) if (watched == resource) writer.TryWrite(line);
    }
}
