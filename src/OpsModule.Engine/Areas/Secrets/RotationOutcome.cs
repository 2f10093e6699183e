namespace OpsModule.Engine.Areas.Secrets;

/// <summary>What came of a rotation.</summary>
public enum RotationOutcome
{
    /// <summary>The new value is in use everywhere, and the old one was seen refused.</summary>
    Done,
    /// <summary>It is done, and something could not be seen; the words say what.</summary>
    NotProven,
    /// <summary>It waits for what the words say: for its time, or, with the new value in use, for the end of the old one.</summary>
    Waiting,
    /// <summary>It failed, and all is as it was before.</summary>
    TakenBack,
    /// <summary>
    /// It has not ended: Resume-OpsChange goes on with it, Undo-OpsChange takes it back as long as the old value is there.
    /// </summary>
    Unfinished,
    /// <summary>It is due, and was left out of a rotation of all that are: the words say why. The others were rotated.</summary>
    LeftOut,
    /// <summary>The same, because its new value is made by people, who have to hand it in.</summary>
    NeedsPeople,
}
