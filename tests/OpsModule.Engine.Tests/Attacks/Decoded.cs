using System.Text;
using OpsModule.Engine.Areas.Attacks.Decoding;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Texts through the decoder.</summary>
internal static class Decoded
{
    public static string As(TextView view, string text, bool form = false, bool json = false)
    {
        var decoder = new TextDecoder();
        decoder.Set(Encoding.UTF8.GetBytes(text), form, json);
        return Encoding.UTF8.GetString(decoder[view]);
    }

    public static IReadOnlyList<string> Trail(TextView view, string text)
    {
        var decoder = new TextDecoder();
        decoder.Set(Encoding.UTF8.GetBytes(text));
        _ = decoder[view];
        return DecodeTrails.Words(decoder.Trail(view));
    }
}
