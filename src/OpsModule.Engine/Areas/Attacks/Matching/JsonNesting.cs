namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>Follows the brackets of a JSON line and knows who writes where. A kind lasts until the object that began it ends.</summary>
internal struct JsonNesting
{
    private int _depth, _unknown, _headers, _clients, _generic;
    private Range _container;
    private int _containerDepth;
    private bool _hasEnded;

    /// <summary>In what the next field stands.</summary>
    public readonly FieldPlace Place => new(_depth,
        _hasEnded || _clients > 0 ? ContainerKind.Clients : _headers > 0 ? ContainerKind.Headers : _unknown > 0 ? ContainerKind.Unknown : ContainerKind.Own,
        _generic > 0);

    /// <summary>Where the name of the object stands that the next field is in; none in the outermost.</summary>
    public readonly Range Container => _containerDepth == _depth ? _container : default;

    /// <summary>Takes what stands between two texts.</summary>
    /// <param name="line">The line.</param>
    /// <param name="from">Where it begins.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="name">Where the last name stands: that of an object or a list that begins here.</param>
    public void Follow(ReadOnlySpan<byte> line, int from, int to, Range name)
    {
        foreach (byte b in line[from..to])
        {
            if (b is (byte)'{' or (byte)'[') Enter(line, _depth > 0 ? name : default, b == '{');
            else if (b is (byte)'}' or (byte)']') Leave();
        }
    }

    private void Enter(ReadOnlySpan<byte> line, Range name, bool isObject)
    {
        _depth++;
        ReadOnlySpan<byte> text = line[name];
        if (text.IsEmpty) return;
        if (isObject) (_container, _containerDepth) = (name, _depth);
        if (_generic == 0 && Containers.IsGeneric(text)) _generic = _depth;
        switch (Containers.Of(text))
        {
            case ContainerKind.Clients when _clients == 0: _clients = _depth; break;
            case ContainerKind.Headers when _headers == 0: _headers = _depth; break;
            case ContainerKind.Unknown when _unknown == 0: _unknown = _depth; break;
        }
    }

    private void Leave()
    {
        if (_depth == _clients) _clients = 0;
        if (_depth == _generic) _generic = 0;
        if (_depth == _headers) _headers = 0;
        if (_depth == _unknown) _unknown = 0;
        // What follows the object that was the line is no part of it: somebody has closed it early.
        if (--_depth <= 0) (_depth, _hasEnded) = (0, true);
    }
}
