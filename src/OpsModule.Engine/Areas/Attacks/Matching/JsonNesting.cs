namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Follows the brackets of a JSON line and knows who writes where. A kind lasts until the object that began it ends.</summary>
internal struct JsonNesting
{
    private int _depth, _unknown, _headers, _clients;
    private bool _hasEnded;

    /// <summary>In what the next field stands.</summary>
    public readonly FieldPlace Place => new(_depth,
        _hasEnded || _clients > 0 ? ContainerKind.Clients : _headers > 0 ? ContainerKind.Headers : _unknown > 0 ? ContainerKind.Unknown : ContainerKind.Own);

    /// <summary>Takes what stands between two texts.</summary>
    /// <param name="between">It.</param>
    /// <param name="name">The last name: that of an object or a list that begins here.</param>
    public void Follow(ReadOnlySpan<byte> between, ReadOnlySpan<byte> name)
    {
        foreach (byte b in between)
        {
            if (b is (byte)'{' or (byte)'[') Enter(_depth > 0 ? name : default);
            else if (b is (byte)'}' or (byte)']') Leave();
        }
    }

    private void Enter(ReadOnlySpan<byte> name)
    {
        _depth++;
        if (name.IsEmpty) return;
        switch (Containers.Of(name))
        {
            case ContainerKind.Clients when _clients == 0: _clients = _depth; break;
            case ContainerKind.Headers when _headers == 0: _headers = _depth; break;
            case ContainerKind.Unknown when _unknown == 0: _unknown = _depth; break;
        }
    }

    private void Leave()
    {
        if (_depth == _clients) _clients = 0;
        if (_depth == _headers) _headers = 0;
        if (_depth == _unknown) _unknown = 0;
        // What follows the object that was the line is no part of it: somebody has closed it early.
        if (--_depth <= 0) (_depth, _hasEnded) = (0, true);
    }
}
