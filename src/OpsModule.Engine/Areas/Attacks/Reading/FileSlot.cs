namespace OpsModule.Engine.Areas.Attacks.Reading;

/// <summary>How far one file has been read, and the baseline, if there is one, that is to know it.</summary>
internal sealed class FileSlot(Baseline? baseline, FilePosition? from)
{
    /// <summary>The position; null when nothing has been read.</summary>
    public FilePosition? Now { get; private set; } = from;

    /// <summary>True when there is a baseline.</summary>
    public bool IsKept => baseline is not null;

    /// <summary>What has been read was taken.</summary>
    public void Set(FilePosition position)
    {
        baseline?.Replace(Now, position);
        Now = position;
    }

    /// <summary>Under this name there is another file now; the old one is remembered, since it may be met under another name.</summary>
    public void Leave()
    {
        if (Now is { } old) baseline?.Replace(old, old with { IsDone = true });
        Now = null;
    }
}
