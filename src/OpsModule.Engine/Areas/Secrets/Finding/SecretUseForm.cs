namespace OpsModule.Engine.Areas.Secrets.Finding;

/// <summary>How a value stands in a place.</summary>
public enum SecretUseForm
{
    /// <summary>As it is.</summary>
    Plain,
    /// <summary>Percent-encoded, as in a URL.</summary>
    PercentEncoded,
    /// <summary>In Base64, alone or with other text around it.</summary>
    Base64,
}
