using System.Runtime.CompilerServices;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>Keeps the last few of many.</summary>
internal static class Tail
{
    public static async IAsyncEnumerable<IReadOnlyList<T>> LastAsync<T>(IAsyncEnumerable<IReadOnlyList<T>> batches, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = new Queue<T>();
        await foreach (IReadOnlyList<T> batch in batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (T item in count == 0 ? [] : batch)
            {
                if (last.Count == count) last.Dequeue();
                last.Enqueue(item);
            }
        }
        if (last.Count > 0) yield return last.ToArray();
    }
}
