namespace OpsModule.Engine.Areas.Configuration.Redacting;

/// <summary>Why a value counts as secret.</summary>
internal enum RedactionReason
{
    /// <summary>The environment file says so.</summary>
    Declared,
    /// <summary>Its name does.</summary>
    Named,
    /// <summary>It looks random.</summary>
    Random,
    /// <summary>It stands before the host of a URL.</summary>
    Address,
    /// <summary>It is a private key.</summary>
    Key,
    /// <summary>It stands behind Basic or Bearer.</summary>
    Header,
    /// <summary>It is a hash of a password.</summary>
    Hash,
    /// <summary>The whole file is one.</summary>
    Whole,
    /// <summary>It is the value of a secret that the environment file refers to.</summary>
    Known,
}
