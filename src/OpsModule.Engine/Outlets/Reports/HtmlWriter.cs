using System.Text;
using OpsModule.Engine.Changes.Chain;
using OpsModule.Engine.Changes;
using OpsModule.Foundations.Text;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>
/// Writes HTML in which every text is text: nothing that comes from outside becomes markup, steers the page or turns its direction, and
/// what looks like a password is withheld. There is no other way to put a value into a page.
/// </summary>
internal sealed class HtmlWriter(TextWriter output)
{
    private readonly Stack<string> _open = new();

    /// <summary>An element with what is written until the result is disposed of.</summary>
    public Scope In(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Begin(tag, attributes);
        output.Write('>');
        _open.Push(tag);
        return new Scope(this);
    }

    /// <summary>An element with nothing but text in it.</summary>
    public void Element(string tag, string? text, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        using Scope _ = In(tag, attributes);
        Text(text);
    }

    /// <summary>An element without content that HTML does not close.</summary>
    public void Void(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Begin(tag, attributes);
        output.Write('>');
    }

    /// <summary>A shape of an SVG, which is closed at once.</summary>
    public void Shape(string tag, params ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        Begin(tag, attributes);
        output.Write("/>");
    }

    /// <summary>Text from wherever.</summary>
    public void Text(string? text)
    {
        if (!string.IsNullOrEmpty(text)) Escape(PrintableText.Of(JournalMask.Patterns(text)));
    }

    /// <summary>Markup that stands in this program.</summary>
    public void Constant(string markup) => output.Write(markup);

    private void Begin(string tag, ReadOnlySpan<(string Name, string? Value)> attributes)
    {
        output.Write('<');
        output.Write(tag);
        foreach ((string name, string? value) in attributes)
        {
            if (value is null) continue;
            output.Write(' ');
            output.Write(name);
            output.Write("=\"");
            Text(value);
            output.Write('"');
        }
    }

    private void Escape(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&': output.Write("&amp;"); break;
                case '<': output.Write("&lt;"); break;
                case '>': output.Write("&gt;"); break;
                case '"': output.Write("&quot;"); break;
                case '\'': output.Write("&#39;"); break;
                // What is no character: HTML forbids it.
                case >= 0xfdd0 and <= 0xfdef or 0xfffe or 0xffff: output.Write('\ufffd'); break;
                case < 0x10000: output.Write((char)rune.Value); break;
                default: output.Write(rune.ToString()); break;
            }
        }
    }

    /// <summary>Closes an element.</summary>
    internal readonly struct Scope(HtmlWriter html) : IDisposable
    {
        public void Dispose()
        {
            html.Constant("</");
            html.Constant(html._open.Pop());
            html.Constant(">");
        }
    }
}
