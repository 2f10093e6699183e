namespace OpsModule.Engine.Areas.Attacks.Formats;

/// <summary>What a pattern found in a line, as places in it. Used again for the next line.</summary>
internal sealed class FormatMatch
{
    private const int MostPieces = 32;

    private readonly (FormatField Field, int Start, int End)[] _now = new (FormatField, int, int)[MostPieces], _found = new (FormatField,
        int, int)[MostPieces];
    private int _count, _firstWritten;

    /// <summary>True when the line is of the format.</summary>
    public bool IsFound { get; private set; }

    /// <summary>True when it is so in two ways: what stands behind the first field that a client writes is not believed.</summary>
    public bool IsDoubtful { get; private set; }

    /// <summary>Where it begins.</summary>
    public int From { get; private set; }

    /// <summary>Where it ends; what stands behind that is of no format.</summary>
    public int To { get; private set; }

    /// <summary>The fields that were found.</summary>
    public ReadOnlySpan<(FormatField Field, int Start, int End)> Fields => _found.AsSpan(0, _count);

    public void Begin(int from)
    {
        (IsFound, IsDoubtful, From, _count) = (false, false, from, 0);
        Array.Clear(_now);
    }

    /// <summary>Not all ways were looked at.</summary>
    public void Doubt() => IsDoubtful = true;

    public void Set(int piece, FormatField field, int start, int end) => _now[piece] = (field, start, end);

    public int End(int piece) => _now[piece].End;

    /// <summary>Takes a way in which the line fits; true when no other one need be looked for.</summary>
    public bool Add(int to)
    {
        if (!IsFound)
        {
            _now.CopyTo(_found, 0);
            _count = Array.FindLastIndex(_now, p => p.End > 0) + 1;
            _firstWritten = Array.FindIndex(_now, p => p.End > 0 && p.Field is not (FormatField.Word or FormatField.Client
                or FormatField.Time or FormatField.Method or FormatField.Status or FormatField.Bytes));
            (IsFound, To) = (true, to);
            return _firstWritten < 0;
        }
        for (int i = _firstWritten; i < _count; i++)
            if (IsTold(_found[i].Field) && (_now[i].Start != _found[i].Start || _now[i].End != _found[i].End)) IsDoubtful = true;
        return IsDoubtful;
    }

    /// <summary>Where a field stands that is believed; none when there is none.</summary>
    public Range Told(FormatField field)
    {
        for (int i = 0; i < _count; i++)
            if (_found[i].Field == field && _found[i].End > _found[i].Start && !(IsDoubtful
                && i > _firstWritten)) return _found[i].Start.._found[i].End;
        return default;
    }

    private static bool IsTold(FormatField field) => field is FormatField.Client or FormatField.Time or FormatField.Status
        or FormatField.Bytes or FormatField.Method or FormatField.Request or FormatField.Path;
}
