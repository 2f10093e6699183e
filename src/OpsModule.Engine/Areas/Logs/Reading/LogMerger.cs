using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace OpsModule.Engine.Areas.Logs.Reading;

/// <summary>Puts what several sources have in order into one order. Memory stays flat: each source is read only so far ahead, and the less
/// the more sources there are.</summary>
internal static class LogMerger
{
    private const int BatchSize = 512;

    /// <summary>The sources' things in order; where they are equal, in the order of the sources.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<T>> MergeAsync<T>(IReadOnlyList<ChannelReader<List<Ordered<T>>>> sources,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var heads = new PriorityQueue<Cursor<T>, (long Order, int Source)>(sources.Count);
        for (int i = 0; i < sources.Count; i++)
        {
            var cursor = new Cursor<T>(sources[i], i);
            if (await cursor.FillAsync(cancellationToken).ConfigureAwait(false)) heads.Enqueue(cursor, cursor.Place);
        }
        var batch = new List<T>(BatchSize);
        while (heads.TryDequeue(out Cursor<T>? cursor, out _))
        {
            // As long as it stays before all others it need not queue again.
            bool more = true;
            while (more && (heads.Count == 0 || !heads.TryPeek(out _, out (long, int) next) || cursor.Place.CompareTo(next) <= 0))
            {
                batch.Add(cursor.Current);
                if (batch.Count >= BatchSize)
                {
                    yield return batch;
                    batch = new List<T>(BatchSize);
                }
                if (cursor.MoveNext()) continue;
                if (batch.Count > 0 && !cursor.HasMore)
                {
                    yield return batch; // rather than keep it while waiting
                    batch = new List<T>(BatchSize);
                }
                more = await cursor.FillAsync(cancellationToken).ConfigureAwait(false);
            }
            if (more) heads.Enqueue(cursor, cursor.Place);
        }
        if (batch.Count > 0) yield return batch;
    }

    private sealed class Cursor<T>(ChannelReader<List<Ordered<T>>> source, int index)
    {
        private List<Ordered<T>> _batch = [];
        private int _at;

        public T Current => _batch[_at].Value;

        public (long Order, int Source) Place => (_batch[_at].Order, index);

        /// <summary>True when the next batch need not be waited for.</summary>
        public bool HasMore => source.TryPeek(out _);

        public bool MoveNext() => ++_at < _batch.Count;

        public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
        {
            while (await source.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (!source.TryRead(out List<Ordered<T>>? read)) continue;
                (_batch, _at) = (read, 0);
                return true;
            }
            return false;
        }
    }
}
