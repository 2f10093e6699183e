using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace OpsModule.Engine.Tests.Fixtures;

/// <summary>
/// The two sizes of tests. <c>./build.sh test</c> runs every step, kind and fault once, from a seed that is always the same;
/// <c>./build.sh prove</c> (OPS_PROVE=1) runs the whole matrices and many more made-up inputs, from OPS_SEED. Whatever fails names the seed.
/// </summary>
public static class Proof
{
    /// <summary>Whether the whole is to be run.</summary>
    public static bool Whole { get; } = Environment.GetEnvironmentVariable("OPS_PROVE") == "1";

    /// <summary>Where made-up inputs come from.</summary>
    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("OPS_SEED"), out int seed) ? seed : 20261121;

    /// <summary>What runs a failed test again, for its message.</summary>
    public static string Again => $"OPS_SEED={Seed}{(Whole ? " OPS_PROVE=1" : "")}";

    /// <summary>How many cases a loop makes up.</summary>
    public static int Cases(int all, int fewForCi) => Whole ? all : fewForCi;

    /// <summary>The rows of a matrix: all of them, or those that show every step, kind and fault once.</summary>
    public static TheoryData<T1, T2, T3> Rows<T1, T2, T3>(IEnumerable<(T1, T2, T3)> all, Func<(T1, T2, T3), bool> forCi)
    {
        var rows = new TheoryData<T1, T2, T3>();
        foreach ((T1, T2, T3) row in all) if (Whole || forCi(row)) rows.Add(row.Item1, row.Item2, row.Item3);
        return rows;
    }

    /// <summary>A random that belongs to the seed; tests that use different salts see different numbers.</summary>
    public static Random Random(int salt = 0) => new(Seed ^ salt);

    /// <summary>Makes up one case after another; a case that fails is told with the seed.</summary>
    public static void ForEach(int all, int fewForCi, Action<Random, int> holds)
    {
        Random random = Random();
        for (int run = 0; run < Cases(all, fewForCi); run++)
        {
            try { holds(random, run); }
            catch (Exception e) { throw new InvalidOperationException($"Case {run} of {Again}: {e.Message}", e); }
        }
    }

    /// <summary>How FsCheck looks for a counterexample: from the seed, which its message names.</summary>
    public static Config Config(int all, int fewForCi) => FsCheck.Config.QuickThrowOnFailure.WithMaxTest(Cases(all, fewForCi)).WithName(Again)
        .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd((ulong)Seed), FSharpOption<int>.None)));
}
