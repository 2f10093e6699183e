using OpsModule.Engine.Areas.Attacks.Decoding;
using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>A rule that matched the line at hand.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Confidence">How sure, where it was found.</param>
/// <param name="InText">True in a message or a field, false in a request or a header.</param>
/// <param name="Text">What matched.</param>
/// <param name="Trail">What was undone before.</param>
internal readonly record struct LineHit(AttackRule Rule, AttackConfidence Confidence, bool InText, string Text, DecodeTrail Trail);
