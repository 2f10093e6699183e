namespace OpsModule.Connections.Redis.Rdb;

/// <summary>The numbers of the format (rdb.h of Redis 7.4): what comes next, and how a value is written.</summary>
internal static class RdbTypes
{
    public const byte String = 0, List = 1, Set = 2, SortedSetText = 3, Hash = 4, SortedSet = 5, Module = 7, HashZipmap = 9,
    ListZiplist = 10,
        SetIntset = 11, SortedSetZiplist = 12, HashZiplist = 13, ListQuicklist = 14, Stream = 15, HashListpack = 16, SortedSetListpack = 17,
        ListQuicklist2 = 18, Stream2 = 19, SetListpack = 20, Stream3 = 21, HashTimedEarly = 22, HashTimedListpackEarly = 23, HashTimed = 24,
        HashTimedListpack = 25;

    public const byte SlotInfo = 244, Function = 245, FunctionEarly = 246, ModuleAux = 247, Idle = 248, Frequency = 249, Aux = 250,
        Resize = 251, ExpireMilliseconds = 252, ExpireSeconds = 253, Select = 254, End = 255;

    /// <summary>What TYPE would say; null for a type that is not known.</summary>
    public static RdbKind? KindOf(byte type) => type switch
    {
        String => RdbKind.String,
        List or ListZiplist or ListQuicklist or ListQuicklist2 => RdbKind.List,
        Set or SetIntset or SetListpack => RdbKind.Set,
        SortedSetText or SortedSet or SortedSetZiplist or SortedSetListpack => RdbKind.SortedSet,
        Hash or HashZipmap or HashZiplist or HashListpack or HashTimedEarly or HashTimedListpackEarly or HashTimed or HashTimedListpack =>
            RdbKind.Hash,
        Stream or Stream2 or Stream3 => RdbKind.Stream,
        Module => RdbKind.Module,
        _ => null,
    };
}
