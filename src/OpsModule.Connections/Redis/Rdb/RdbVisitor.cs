namespace OpsModule.Connections.Redis.Rdb;

/// <summary>Is told of what an RDB holds while it passes.</summary>
public abstract class RdbVisitor
{
    /// <summary>True when <see cref="OnKey"/> is to be given the key's value, which is then in memory as long.</summary>
    public virtual bool WantsValue(RdbKey key) => false;

    /// <summary>A key, after its value has passed.</summary>
    /// <param name="key">The key; the object is used again for the next one.</param>
    /// <param name="payload">Its value as RESTORE takes it; empty unless it was wanted. It is good until this returns.</param>
    public abstract void OnKey(RdbKey key, ReadOnlyMemory<byte> payload);

    /// <summary>A library of functions, as FUNCTION LOAD takes it.</summary>
    public virtual void OnFunction(ReadOnlyMemory<byte> code) { }
}
