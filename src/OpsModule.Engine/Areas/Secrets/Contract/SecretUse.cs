using OpsModule.Engine.Areas.Secrets.Contract.Signing;

namespace OpsModule.Engine.Areas.Secrets.Contract;

/// <summary>One item of <c>uses:</c>, as the file says it.</summary>
internal sealed record SecretUse
{
    /// <summary>The file's full path; null for a use in a cluster.</summary>
    public string? File { get; init; }

    /// <summary>The file as ops.yaml writes it.</summary>
    public string? FileAsWritten { get; init; }

    /// <summary>The variable of an env file; the key of a Kubernetes Secret; null when the whole file is the value.</summary>
    public string? Key { get; init; }

    /// <summary>A service of a compose file, whose <c>environment:</c> holds the key.</summary>
    public string? Service { get; init; }

    /// <summary>A Kubernetes Secret's name.</summary>
    public string? Secret { get; init; }

    /// <summary>
    /// The text around the value, with <c>{value}</c> and perhaps <c>{login}</c>, percent-encoded in a URL, or <c>{login}</c> alone, as it is;
    /// null for the value alone.
    /// </summary>
    public string? In { get; init; }

    /// <summary>True when the value is built into the image of the services.</summary>
    public bool Build { get; init; }

    /// <summary>The variable that is accepted beside this one, as <c>JWT_SECRET_PREVIOUS</c>; null for none.</summary>
    public string? Previous { get; init; }

    /// <summary>True of the variable that another use names as its previous one.</summary>
    public bool IsPrevious { get; init; }

    /// <summary>Whether it holds one value, or several of which each is accepted.</summary>
    public SecretForm Form { get; init; }

    /// <summary>Services that read it and that nothing else tells of.</summary>
    public IReadOnlyList<string> Services { get; init; } = [];
}
