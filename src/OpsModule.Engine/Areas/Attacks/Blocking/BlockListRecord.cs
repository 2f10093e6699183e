using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Areas.Attacks.Blocking;

/// <summary>A block list that was written.</summary>
public sealed record BlockListRecord
{
    /// <summary>The file.</summary>
    public required string Path { get; init; }

    /// <summary>For which program.</summary>
    public required BlockListFormat Format { get; init; }

    /// <summary>Addresses in it.</summary>
    public required int Addresses { get; init; }

    /// <summary>Addresses left out because they are private, of this machine, or no address of one host.</summary>
    public int Private { get; init; }

    /// <summary>Addresses left out because an allow-list names them, or they are proxies that are trusted.</summary>
    public int Allowed { get; init; }

    /// <summary>Texts that are no address.</summary>
    public int Invalid { get; init; }

    /// <summary>What was left out, and why; at most a hundred.</summary>
    public IReadOnlyList<BlockListOmission> LeftOut { get; init => field = PlainList.Of(value); } = [];

    /// <summary>How long the program keeps them; null where the format cannot say, or until the next list.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Its size.</summary>
    public long Bytes { get; init; }

    /// <summary>When it was written, UTC.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>How the program takes it.</summary>
    public required string Next { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
