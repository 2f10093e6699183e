using System.Management.Automation;

namespace OpsModule.Help;

/// <summary>The help of one cmdlet.</summary>
/// <param name="Info">What PowerShell knows of it.</param>
/// <param name="Synopsis">One sentence.</param>
/// <param name="Description">Paragraphs.</param>
/// <param name="Parameters">In the order of declaration, -WhatIf and -Confirm last.</param>
/// <param name="Examples">What is typed, and what it does.</param>
internal sealed record CmdletTopic(CmdletInfo Info, string Synopsis, IReadOnlyList<string> Description, IReadOnlyList<ParameterTopic> Parameters,
    IReadOnlyList<ExampleTopic> Examples)
{
    /// <summary>The area: the folder in which the cmdlet's source lies.</summary>
    public string Area => Info.ImplementingType.Namespace!.Split('.')[^1];

    /// <summary>Whether it asks before it acts although nobody said -Confirm.</summary>
    public bool AsksFirst { get; init; }

    /// <summary>The parameters of one set, as they are typed: by position, then the mandatory ones.</summary>
    public IEnumerable<(ParameterTopic Topic, CommandParameterInfo Part)> Of(CommandParameterSetInfo set) =>
        from topic in Parameters
        let part = set.Parameters.FirstOrDefault(p => p.Name == topic.Name)
        where part is not null
        orderby part.Position < 0 ? int.MaxValue : part.Position, part.IsMandatory ? 0 : 1
        select (topic, part);

    /// <summary>One line of syntax.</summary>
    public string Syntax(CommandParameterSetInfo set) =>
        string.Join(' ', [Info.Name, .. Of(set).Select(p => p.Topic.Syntax(p.Part)), "[<CommonParameters>]"]);
}

/// <summary>One example.</summary>
/// <param name="Code">What is typed.</param>
/// <param name="Remarks">What it does.</param>
internal sealed record ExampleTopic(string Code, string Remarks);
