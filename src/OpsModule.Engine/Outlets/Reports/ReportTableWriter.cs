using OpsModule.Engine.Outlets.Reports.Charts;

namespace OpsModule.Engine.Outlets.Reports;

/// <summary>Writes the table behind a section: every column, and how many of its rows.</summary>
internal sealed class ReportTableWriter(HtmlWriter html, ReportSection section)
{
    public void Write()
    {
        ReportTable table = section.Table;
        IReadOnlyList<ReportRow> rows = table.Rows;
        bool all = rows.Count == table.Count;
        // Where there is no chart, the table is what there is to see.
        using var details = html.In("details", section.Charts().Any(c => c.HasContent) ? [] : [("open", "")]);
        html.Element("summary", all ? $"Table of {ReportText.Count(table.Count, "row")}" : $"Table: {ReportText.Number(rows.Count)} of {ReportText.Number(table.Count)} rows shown");
        if (!all) html.Element("p", "Those that need attention come before others, and later ones before earlier ones.", ("class", "more"));
        using var scroll = html.In("div", ("class", "scroll"), ("role", "region"), ("aria-label", $"Table: {section.Title}"), ("tabindex", "0"));
        using var element = html.In("table");
        html.Element("caption", all ? $"{section.Title}: {ReportText.Count(table.Count, "row")}"
            : $"{section.Title}: {ReportText.Number(rows.Count)} of {ReportText.Number(table.Count)} rows");
        int[] columns = [.. Enumerable.Range(0, table.Columns.Count)];
        bool[] numbers = [.. columns.Select(c => rows.Any(r => Cell(r, c).IsNumber))];
        using (html.In("thead"))
        using (html.In("tr"))
            foreach (int column in columns) html.Element("th", ReportText.Words(table.Columns[column]), ("scope", "col"), ("class", numbers[column] ? "number" : null));
        using var body = html.In("tbody");
        foreach (ReportRow row in rows)
        {
            html.Constant("\n");
            using var line = html.In("tr", ("class", row.Status is null ? null : ReportChart.ClassOf(row.Status)));
            foreach (int column in columns)
            {
                ReportCell cell = Cell(row, column);
                using var item = html.In("td", ("class", numbers[column] ? "number" : cell.Text?.Length > 80 ? "long" : null));
                if (cell.Status is not null) ReportChart.WriteIcon(html, cell.Status);
                html.Text(cell.Text);
            }
        }
    }

    // A row that came before a column was met is shorter.
    private static ReportCell Cell(ReportRow row, int column) => column < row.Cells.Length ? row.Cells[column] : default;
}
