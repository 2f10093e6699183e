using OpsModule.Engine.Areas.Attacks.Rules;

namespace OpsModule.Engine.Areas.Attacks.Matching;

/// <summary>
/// Names that fields have in the logs of common libraries, servers and clouds. Dots, dashes, underscores and case do not count:
/// <c>http.user_agent</c>, <c>userAgent</c> and <c>User-Agent</c> are one name.
/// </summary>
internal sealed class FieldMeanings
{
    private const int LongestName = 64;

    private readonly Dictionary<string, FieldMeaning> _meanings = new(StringComparer.Ordinal);
    private readonly (string Name, FieldMeaning Meaning)[] _recent = new (string, FieldMeaning)[256];

    /// <summary>The usual names, and those that hold tenants here.</summary>
    /// <param name="tenantFields">Names of fields with the tenant who asks; null for the usual ones.</param>
    /// <param name="resourceTenantFields">Names of fields with the tenant whose data it is; null for the usual ones.</param>
    public FieldMeanings(IEnumerable<string>? tenantFields = null, IEnumerable<string>? resourceTenantFields = null)
    {
        Add(FieldMeaning.Message, "msg message text log @m event error err exception detail details description reason body payload");
        Add(FieldMeaning.Target,
            "url uri target requesturi requesturl originalurl httpurl httptarget request httprequest rawurl urlfull urloriginal location "
            + "clientrequesturi originalrequesturiwithargs httprequesturi requestline requestrequestline fullurl requestedurl httprequesturl caddyuri urlpathfull");
        Add(FieldMeaning.Path,
            "path urlpath requestpath httppath route endpoint clientrequestpath resourcepath uripath requesturipath csuristem rawpath httproute xenvoyoriginalpath");
        Add(FieldMeaning.Query,
            "query querystring urlquery requestquery httpquery params args requestquerystring csuriquery rawquery urlquerystring");
        Add(FieldMeaning.Referrer,
            "referer referrer httpreferer httpreferrer clientrequestreferer requestreferer httprequestreferrer csreferer httprefer");
        Add(FieldMeaning.Agent,
            "useragent ua agent httpuseragent useragentoriginal clientrequestuseragent requestuseragent httprequestuseragent csuseragent "
            + "requestheaderuseragent browseragent httphttpuseragent httprequestheaderuseragent");
        Add(FieldMeaning.User, "user username login account email remoteuser clientusername authuser");
        Add(FieldMeaning.Method, "method httpmethod requestmethod verb clientrequestmethod httprequestmethod csmethod httphttpmethod");
        Add(FieldMeaning.Status,
            "status statuscode httpstatus httpstatuscode responsestatus code responsecode edgeresponsestatus downstreamstatus httpresponsestatuscode scstatus "
            + "responsestatuscode elbstatuscode responsecodesent httpresponsestatus");
        Add(FieldMeaning.Bytes,
            "bytes size bytessent bodybytessent responsesize contentlength responsebytes length edgeresponsebytes downstreamcontentsize bytesout responselength scbytes");
        Add(FieldMeaning.Peer,
            "remoteaddr remoteip remoteaddress remotehost peeraddr peerip peeraddress clientaddr srcip sourceip sourceaddress sourceipaddress calleripaddress callerip cip "
            + "downstreamremoteaddress downstreamdirectremoteaddress clienthost idorigh socketip networkclientip sockethost sourceips networkpeeraddress httprequestremoteaddr httprequestremoteip "
            + "remotehostaddr clientsocketaddr");
        Add(FieldMeaning.Client, "clientip client clientaddress clientipaddress httprequestclientip httpclientip originaddress");
        Add(FieldMeaning.LooseClient, "ip ipaddress peer addr ipaddr hostip");
        Add(FieldMeaning.Forwarded, "xforwardedfor httpxforwardedfor forwardedfor xff fwd requestxforwardedfor");
        Add(FieldMeaning.Time,
            "ts time timestamp @timestamp @t t datetime date asctime timelocal timeiso8601 starttime startlocal startutc edgestarttimestamp eventtime requesttimestamp "
            + "requestreceivedtimestamp requesttime startedat timegenerated realtimetimestamp createdat receivedat");
        Add(FieldMeaning.Statement, "sql statement dbstatement dbquerytext sqlquery commandtext querytext");
        Add(FieldMeaning.Level, "level severity lvl loglevel");
        Add(FieldMeaning.Plain,
            "logger loggername name pid thread threadname hostname host service version traceid spanid requestid correlationid caller file line func function module env "
            + "environment stream duration elapsed latency exe comm cwd program binary script dir folder directory filename logfile configfile config source");
        foreach (string name in tenantFields ?? ["tenant", "tenant_id", "tenant_name", "token_tenant", "org", "org_id", "organization", "organization_id", "account_id", "customer_id"])
            _meanings[Fold(name)] = FieldMeaning.Tenant;
        foreach (string name in resourceTenantFields ?? ["resource_tenant", "resource_tenant_id", "target_tenant", "target_tenant_id", "owner_tenant", "requested_tenant", "data_tenant"])
            _meanings[Fold(name)] = FieldMeaning.ResourceTenant;
    }

    /// <summary>What a name means; where it says nothing, what it means behind the name of the object that it stands in.</summary>
    public FieldMeaning Of(ReadOnlySpan<byte> name, ReadOnlySpan<byte> container)
    {
        FieldMeaning meaning = this[name];
        if (meaning != FieldMeaning.Other || container.IsEmpty || container.Length + name.Length > LongestName) return meaning;
        Span<byte> both = stackalloc byte[LongestName];
        container.CopyTo(both);
        name.CopyTo(both[container.Length..]);
        return this[both[..(container.Length + name.Length)]];
    }

    public FieldMeaning this[ReadOnlySpan<byte> name]
    {
        get
        {
            if (name.Length > LongestName) return FieldMeaning.Other;
            Span<char> folded = stackalloc char[LongestName];
            int length = 0;
            foreach (byte b in name)
            {
                if (b is (byte)'_' or (byte)'-' or (byte)'.') continue;
                folded[length++] = (char)(b is >= (byte)'A' and <= (byte)'Z' ? b | 0x20 : b);
            }
            return Find(folded[..length]);
        }
    }

    /// <summary>The part of a line that a meaning is.</summary>
    public static RuleTarget Target(FieldMeaning meaning) => meaning switch
    {
        FieldMeaning.Message => RuleTarget.Message,
        FieldMeaning.Path or FieldMeaning.Target => RuleTarget.Path,
        FieldMeaning.Query => RuleTarget.Query,
        FieldMeaning.Referrer => RuleTarget.Referrer,
        FieldMeaning.Agent => RuleTarget.Agent,
        FieldMeaning.User => RuleTarget.User,
        _ => RuleTarget.Field,
    };

    private FieldMeaning Find(ReadOnlySpan<char> name)
    {
        // The same few names come again and again: the last strings are kept by their length and first letter.
        if (name.IsEmpty) return FieldMeaning.Other;
        ref (string Name, FieldMeaning Meaning) slot = ref _recent[(name.Length * 31 + name[0] * 7 + name[^1]) & 255];
        if (slot.Name is null || !name.SequenceEqual(slot.Name))
        {
            string text = name.ToString();
            slot = (text, _meanings.GetValueOrDefault(text));
        }
        return slot.Meaning;
    }

    private void Add(FieldMeaning meaning, string names)
    {
        foreach (string name in names.Split(' ')) _meanings[Fold(name)] = meaning;
    }

    private static string Fold(string name) => name.Replace("_", "").Replace("-", "").Replace(".", "").ToLowerInvariant();
}
