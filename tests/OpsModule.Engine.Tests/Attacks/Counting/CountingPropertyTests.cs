using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Counting;
using OpsModule.Engine.Areas.Attacks.Rules;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Attacks.Counting;

/// <summary>Counting in bounded memory, held against counting everything.</summary>
public sealed class CountingPropertyTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 3, 16, 0, TimeSpan.Zero);

    [Fact]
    public void Frequent_values_keep_their_bounds()
    {
        // Skewed, as logs are: small numbers come often.
        Gen<int[]> values = Gen.Choose(0, 30).SelectMany(a => Gen.Choose(0, 30).Select(b => a * b / 8)).ArrayOf();
        Check.One(Proof.Config(40000, 2000), Prop.ForAll(values.ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (numbers, places) =>
        {
            var counter = new HeavyHitters<int>(places);
            foreach (int number in numbers) counter.Add($"{number}") = number;
            Dictionary<string, long> truth = numbers.GroupBy(n => $"{n}").ToDictionary(g => g.Key, g => g.LongCount());
            IReadOnlyList<HeavyHitter<int>> top = counter.Top(int.MaxValue);
            return top.Count == Math.Min(places, truth.Count)
                && top.All(h => h.Count >= truth[h.Value] && h.Count - h.Error <= truth[h.Value] && h.Error <= counter.ErrorBound)
                && counter.ErrorBound <= numbers.Length / places
                && truth.Where(t => t.Value > numbers.Length / places).All(t => top.Any(h => h.Value == t.Key))
                && top.All(h => $"{h.Detail}" == h.Value)
                && top.Zip(top.Skip(1)).All(p => p.First.Count >= p.Second.Count)
                && (!counter.IsExact || top.All(h => h.Count == truth[h.Value]));
        }));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(20_000)]
    [InlineData(45_000)]
    [InlineData(300_000)]
    public void Different_values_are_estimated_within_four_standard_errors(int count)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var counter = new DistinctCounter();
            for (int repeat = 0; repeat < 2; repeat++)
                for (int i = 0; i < count; i++) counter.Add(string.Create(CultureInfo.InvariantCulture, $"{seed}.{i & 255}.{i >> 8}"));
            Assert.InRange(counter.Count, (long)Math.Floor(count * (1 - 4 * DistinctCounter.StandardError)), (long)Math.Ceiling(count * (1 + 4 * DistinctCounter.StandardError)));
        }
    }

    [Fact]
    public void No_value_is_no_count() => Assert.Equal(0, new DistinctCounter().Count);

    [Fact]
    public void Windows_find_what_a_look_at_all_events_finds()
    {
        Gen<(int Key, int Time)[]> events = Gen.Choose(0, 3).Zip(Gen.Choose(0, 400)).ArrayOf();
        Check.One(Proof.Config(40000, 2000), Prop.ForAll(events.ToArbitrary(), Gen.Choose(1, 6).ToArbitrary(), Gen.Choose(1, 60).ToArbitrary(), (all, more, width) =>
        {
            var window = new SlidingWindow(Rule(more, width), TimeSpan.Zero, 1_000_000);
            foreach ((int key, int time) in all) window.Add($"{key}", Start.AddSeconds(time));
            return window.NotCounted == 0 && Found(window).SequenceEqual(Expected(all, more, width));
        }));
    }

    [Fact]
    public void With_little_room_late_events_count_up_to_the_lateness()
    {
        // Log time goes on; each event is late by less than the lateness. There is room for what is within that, and little more.
        Gen<(int Key, int Time)[]> events = Gen.Choose(0, 1).Zip(Gen.Choose(0, 9)).ArrayOf().Select(a => a.Select((e, i) => (e.Item1, i * 3 - e.Item2)).ToArray());
        Check.One(Proof.Config(20000, 1000).WithEndSize(400), Prop.ForAll(events.ToArbitrary(), Gen.Choose(1, 6).ToArbitrary(), Gen.Choose(1, 20).ToArbitrary(), (all, more, width) =>
        {
            var window = new SlidingWindow(Rule(more, width), TimeSpan.FromSeconds(9), 80);
            foreach ((int key, int time) in all)
            {
                window.Add($"{key}", Start.AddSeconds(time));
                if (window.Kept > 80) return false;
            }
            return window.NotCounted == 0 && Found(window).SequenceEqual(Expected(all, more, width));
        }));
    }

    [Fact]
    public void What_there_is_no_room_for_is_told()
    {
        var window = new SlidingWindow(Rule(3, 60), TimeSpan.FromSeconds(10), 100);
        for (int i = 0; i < 1000; i++)
        {
            window.Add($"once{i}", Start.AddMilliseconds(i));
            if (i % 50 == 0) window.Add("often", Start.AddMilliseconds(i));
            Assert.InRange(window.Kept, 0, 100);
        }
        Assert.InRange(window.NotCounted, 900, 1000);
        // Those with the fewest events went first.
        Assert.Equal(("often", 20), Assert.Single(window.Finish().Select(b => (b.Value, (int)b.Most))));
    }

    [Fact]
    public void An_event_from_before_what_was_judged_is_told()
    {
        var window = new SlidingWindow(Rule(3, 60), TimeSpan.FromSeconds(10), 4);
        for (int i = 0; i < 6; i++) window.Add("a", Start.AddHours(i));
        window.Add("a", Start);
        Assert.Equal(1, window.NotCounted);
        Assert.Empty(window.Finish());
    }

    [Fact]
    public void A_window_is_open_at_its_beginning_and_closed_at_its_end()
    {
        var window = new SlidingWindow(Rule(2, 60), TimeSpan.Zero, 100);
        foreach (double second in (double[])[0, 30, 60]) window.Add("edge", Start.AddSeconds(second));
        foreach (double second in (double[])[0.0000001, 30, 60]) window.Add("inside", Start.AddSeconds(second));
        AttackBurst burst = Assert.Single(window.Finish());
        Assert.Equal(("inside", 3L, Start.AddSeconds(60)), (burst.Value, burst.Most, burst.MostTime));
    }

    private static RateRule Rule(int more, int width) => new() { Id = "r", Title = "t", More = more, Within = TimeSpan.FromSeconds(width) };

    private static IEnumerable<(string, long, DateTimeOffset, DateTimeOffset)> Found(SlidingWindow window) =>
        window.Finish().Select(b => (b.Value, b.Most, b.FirstTime, b.LastTime)).Order();

    /// <summary>Looks at every window that ends with an event.</summary>
    private static IEnumerable<(string, long, DateTimeOffset, DateTimeOffset)> Expected((int Key, int Time)[] events, int more, int width) =>
        events.GroupBy(e => e.Key).Select(g => (Key: $"{g.Key}", Windows: g.Select(e => (e.Time, Count: g.LongCount(o => o.Time > e.Time - width && o.Time <= e.Time))).Where(w => w.Count > more).ToArray()))
            .Where(k => k.Windows.Length > 0)
            .Select(k => (k.Key, k.Windows.Max(w => w.Count), Start.AddSeconds(k.Windows.Min(w => w.Time)), Start.AddSeconds(k.Windows.Max(w => w.Time)))).Order();
}
