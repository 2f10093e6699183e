using System.Globalization;
using StackExchange.Redis;

namespace OpsModule.Connections.Redis;

/// <summary>What a Redis server answered to one command.</summary>
public abstract record RedisReply
{
    /// <summary>The answer as text: of a list, its items by lines.</summary>
    public abstract string Text { get; }

    internal static RedisReply Of(RedisResult result) => result.Resp2Type switch
    {
        _ when result.IsNull => new RedisText(null),
        ResultType.Array => new RedisList([.. ((RedisResult[])result!).Select(Of)]),
        ResultType.Integer => new RedisNumber((long)result),
        ResultType.Error => new RedisError(result.ToString()!),
        _ => new RedisText((string?)result),
    };
}

/// <summary>A text, or null.</summary>
/// <param name="Value">The text; null when the server has none.</param>
public sealed record RedisText(string? Value) : RedisReply
{
    /// <inheritdoc/>
    public override string Text => Value ?? "";
}

/// <summary>A whole number.</summary>
/// <param name="Value">The number.</param>
public sealed record RedisNumber(long Value) : RedisReply
{
    /// <inheritdoc/>
    public override string Text => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A list.</summary>
/// <param name="Items">Its items.</param>
public sealed record RedisList(IReadOnlyList<RedisReply> Items) : RedisReply
{
    /// <inheritdoc/>
    public override string Text => string.Join('\n', Items.Select(i => i.Text));
}

/// <summary>An error, such as <c>NOAUTH Authentication required.</c></summary>
/// <param name="Message">The server's words.</param>
public sealed record RedisError(string Message) : RedisReply
{
    /// <summary>Its first word, for example <c>NOAUTH</c>.</summary>
    public string Code => Message.Split(' ')[0];

    /// <inheritdoc/>
    public override string Text => Message;
}
