namespace OpsModule.Connections.Files;

/// <summary>How an env file is read. The two do not agree on <c>$</c>, on <c>\</c> and on what they refuse.</summary>
public enum EnvDialect
{
    /// <summary>Compose v2, the docker client's plugin (and programs that use its library).</summary>
    ComposeGo,
    /// <summary>Compose v1, docker-compose in Python.</summary>
    PythonDotenv,
    /// <summary>
    /// A file that the compose file names with <c>format: raw</c>: what stands behind the first equals sign, to the letter.
    /// </summary>
    Raw,
}
