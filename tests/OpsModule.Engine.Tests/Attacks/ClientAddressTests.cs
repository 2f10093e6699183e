using System.Net;
using System.Text;
using OpsModule.Engine.Areas.Attacks;
using OpsModule.Engine.Areas.Attacks.Allowing;
using OpsModule.Engine.Areas.Attacks.Matching;
using OpsModule.Engine.Areas.Logs;
using OpsModule.Engine.Tests.Fixtures;

namespace OpsModule.Engine.Tests.Attacks;

/// <summary>Who asked: an address counts only from where a client cannot write. 203.0.113.x is the client, 8.8.8.8 what a client has written, 198.51.100.x the server.</summary>
public sealed class ClientAddressTests
{
    [Theory]
    // sshd: names of users stand before the address, what a client says when it leaves behind it
    [InlineData("Nov 25 10:00:00 host sshd[100]: Failed password for invalid user x from 8.8.8.8 port 22 ssh2 from 203.0.113.50 port 40000 ssh2", "203.0.113.50")]
    [InlineData("Failed password for invalid user x from 8.8.8.8 port 22 ssh2 from 203.0.113.50 port 40000 ssh2", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Failed password for root from 203.0.113.50 port 40000 ssh2", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd-session[100]: Invalid user bob from 203.0.113.50 port 40000", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Invalid user x from 8.8.8.8 from 203.0.113.50", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Connection closed by authenticating user test 127.0.0.1 203.0.113.11 port 40000 [preauth]", "203.0.113.11")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Disconnected from invalid user x 8.8.8.8 port 22 203.0.113.11 port 40000 [preauth]", "203.0.113.11")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Received disconnect from 203.0.113.50 port 40000:11: Bye from 8.8.8.8 port 22 [preauth]", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Connection from 203.0.113.50 port 40000 on 198.51.100.4 port 22", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Bad protocol version identification 'GET / from 8.8.8.8 port 1' from 203.0.113.50 port 40000", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: error: maximum authentication attempts exceeded for invalid user a from 8.8.8.8 from 203.0.113.50 port 40000 ssh2 [preauth]", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: User root from 203.0.113.50 not allowed because not listed in AllowUsers", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Failed password for root from 2001:db8::5 port 40000 ssh2", "2001:db8::5")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: error: PAM: Authentication failure for x from 8.8.8.8 from evil.example.net", null)]
    [InlineData("2025-11-25T10:00:00.123456+01:00 host sshd[100]: Accepted publickey for x from 203.0.113.50 port 40000 ssh2: ED25519 SHA256:abc", "203.0.113.50")]
    [InlineData("Sep 29 17:15:02 host sshd[12946]: Failed password for user from 203.0.113.50 port 20000 ssh1: ruser from 8.8.8.8", null)]
    [InlineData("Nov 11 08:04:52 host sshd[2737]: Failed password for invalid user test from 203.0.113.50 port 58946 ssh2: from 8.8.8.8 port 55555 ssh2", null)]
    [InlineData("Jul 11 03:06:37 host roundcube: IMAP Error: Login failed for admin from 8.8.8.8. from 203.0.113.50. AUTHENTICATE PLAIN: A0002 NO Login failed. user=admin from 8.8.8.8. in /a/b.php on line 2", "203.0.113.50")]
    // PAM: both names may hold the same word
    [InlineData("Nov 25 10:00:00 host sshd[100]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.50  user=root", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=rhost=8.8.8.8 rhost=203.0.113.50", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=x rhost=203.0.113.50  user=y rhost=8.8.8.8 z", null)]
    // PostgreSQL: names in quotation marks, and before the severity
    [InlineData("2025-11-25 10:00:00.123 UTC [4711] x@shop FATAL:  password authentication failed for user \"x 8.8.8.8\"", null)]
    [InlineData("2025-11-25 10:00:00.123 UTC [4711] app@shop client=8.8.8.8 FATAL:  database \"shop client=8.8.8.8\" does not exist", null)]
    [InlineData("2025-11-25 10:00:00.123 UTC [4711]: user=app,db=shop,client=203.0.113.50 FATAL:  password authentication failed for user \"app\"", "203.0.113.50")]
    [InlineData("2025-11-25 10:00:00.123 UTC [4711] LOG:  connection received: host=203.0.113.50 port=40000", "203.0.113.50")]
    [InlineData("2025-11-25 10:00:00.123 UTC [4711] FATAL:  no pg_hba.conf entry for host \"203.0.113.50\", user \"a from 8.8.8.8\", database \"b\", no encryption", "203.0.113.50")]
    [InlineData("2025-11-25 10:00:00.123 UTC [4711] FATAL:  password authentication failed for user \"x\" from 8.8.8.8 \"\"", null)]
    // others, known and unknown
    [InlineData("[25/Nov/2025 10:00:00] Login failed for user \"bob from 8.8.8.8\" from 203.0.113.50", "203.0.113.50")]
    [InlineData("2025-11-25 10:00:00 Login failed for user 'bob from 8.8.8.8'", null)]
    [InlineData("2025-11-25 10:00:00 failed for bob from 8.8.8.8 ip=203.0.113.50", null)]
    [InlineData("[22-Jan-2025 22:28:21 +0200]: IMAP Error: Login failed for admin from 127.0.0.1 from 203.0.113.50. AUTHENTICATE PLAIN: Authentication failed.", "203.0.113.50")]
    [InlineData("[22-Jan-2025 22:28:21 +0200]: <q1> IMAP Error: Login failed for x from 203.0.113.50(X-Real-IP: 8.8.8.8,X-Forwarded-For: 1 from 8.8.4.4) in session a", null)]
    [InlineData("[22-Jan-2025 22:28:21 +0200]: Failed login for x from 203.0.113.50(X-Real-IP: 8.8.8.8) in session a (error: 0)", "203.0.113.50")]
    [InlineData("2025-11-25 10:00:00 5 [Warning] Access denied for user 'x'@'8.8.8.8'@'203.0.113.50' (using password: YES)", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<x, rip=8.8.8.8, y>, method=PLAIN, rip=203.0.113.50, lip=198.51.100.4, TLS", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host postfix/smtpd[12]: warning: unknown[203.0.113.50]: SASL LOGIN authentication failed: x, sasl_username=a[8.8.8.8]", "203.0.113.50")]
    [InlineData("[2025-11-25 10:00:00] NOTICE[1]: chan_sip.c: Registration from '\"x\" <sip:1@8.8.8.8>' failed for '203.0.113.50:5060' - Wrong password", "203.0.113.50")]
    [InlineData("[2025-11-25 10:00:00] NOTICE[1]: chan_sip.c: Registration from '\"x' failed for '8.8.8.8:1' - \" <sip:1@a>' failed for '203.0.113.50:5060' - Wrong password", "203.0.113.50")]
    [InlineData("[2025-11-25 10:00:00] NOTICE[1]: chan_sip.c:15644 handle_request_subscribe: Sending fake auth rejection for user <sip:CS@8.8.8.8>;tag=6pwd", null)]
    [InlineData("[2025-11-25 10:00:00] SECURITY[1] res_security_log.c: SecurityEvent=\"FailedACL\",AccountID=\"x\",LocalAddress=\"IPV4/UDP/198.51.100.4/5060\",RemoteAddress=\"IPV4/UDP/203.0.113.50/5061\"", "203.0.113.50")]
    [InlineData("<co ts=\"2025-11-25T10:00:00\" pi=\"1\" sc=\"tcp_submit\" dr=\"+\" ac=\"U\" tr=\"TCP|198.51.100.4|465|203.0.113.50|59762\" mi=\"Bad password\" us=\"x\"/>", "203.0.113.50")]
    // web servers and proxies
    [InlineData("2025/11/25 10:00:00 [error] 22#22: *1 access forbidden by rule, client: 203.0.113.50, server: _, request: \"GET /, client: 8.8.8.8, server: x HTTP/1.1\"", "203.0.113.50")]
    [InlineData("2025/11/25 10:00:00 [error] 22#22: *1 open() \"/srv/x\" failed (2: No such file or directory), client: 8.8.8.8, server: a\" failed (2: No such file), client: 203.0.113.50, server: _, request: \"GET /x HTTP/1.1\"", null)]
    [InlineData("2025/11/25 10:00:00 [error] 22#22: *1 open() \"/srv/x\" failed (2: No such file or directory), client: 203.0.113.50, server: _, request: \"GET /x HTTP/1.1\", host: \"shop\"", "203.0.113.50")]
    [InlineData("[Tue Nov 25 10:11:12.123456 2025] [core:error] [pid 1:tid 2] [client 203.0.113.50:40000] AH00126: Invalid URI in request GET /[client 8.8.8.8] HTTP/1.1", "203.0.113.50")]
    [InlineData("[Tue Nov 25 10:11:12.123456 2025] [core:error] [pid 1:tid 2] [client 2001:db8::5:40000] AH00126: Invalid URI in request", "2001:db8::5")]
    [InlineData("Nov 25 10:11:12 host haproxy[14]: 203.0.113.50:33317 [25/Nov/2025:10:11:12.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {from 8.8.8.8} \"GET / HTTP/1.1\"", "203.0.113.50")]
    [InlineData("https 2025-11-25T10:11:12.186641Z app/lb/50dc6c495c0c9188 203.0.113.50:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 \"GET https://a:443/?ip=8.8.8.8 HTTP/1.1\" \"curl\" - -", "203.0.113.50")]
    [InlineData("INFO:     203.0.113.50:40000 - \"GET /?x=8.8.8.8 HTTP/1.1\" 200 OK", "203.0.113.50")]
    [InlineData("[GIN] 2025/11/25 - 10:11:12 | 200 |    1.234ms |   203.0.113.50 | GET      \"/?from 8.8.8.8\"", "203.0.113.50")]
    [InlineData("Started GET \"/?q= for 8.8.8.8 at \" for 203.0.113.50 at 2025-11-25 10:11:12 +0100", "203.0.113.50")]
    [InlineData("[25/Nov/2025:10:11:12 +0100] - 200 200 - GET https example.com \"/a\" [Client 203.0.113.50] [Length 4512] [Gzip -] [Sent-to 10.0.0.2] \"[Client 8.8.8.8]\" \"-\"", "203.0.113.50")]
    [InlineData("[2025-11-25T10:11:12.310Z] \"GET / HTTP/1.1\" 200 - 154 0 226 100 \"8.8.8.8\" \"curl\" \"id\" \"host\" \"10.0.2.1:80\"", null)]
    [InlineData("2025-11-25 10:00:00 ERROR request /search?q=1' or 1=1--&ip=8.8.8.8 failed", null)]
    [InlineData("2025-11-25 10:00:00 no results for 8.8.8.8", null)]
    [InlineData("Nov 25 10:00:00 host kernel: [1.2] IN=eth0 OUT= MAC=a SRC=203.0.113.50 DST=198.51.100.4 LEN=40", "203.0.113.50")]
    [InlineData("2025-11-25 10:00:00 WARN Rate limit exceeded for ip 203.0.113.50", "203.0.113.50")]
    [InlineData("2025-11-25T10:00:00Z Search failed: 8.8.8.8", null)]
    [InlineData("<34>Nov 25 10:00:00 host app: 203.0.113.50 refused", "203.0.113.50")]
    [InlineData("2025-11-25 10:00:00 login refused from 010.0.0.1", null)]
    public void In_a_line_of_text(string line, string? expected) => Assert.Equal(expected, Client(line));

    /// <summary>What other programs write when nobody plays tricks: the address is found.</summary>
    [Theory]
    [InlineData("Nov 25 10:00:00 host dropbear[12]: Bad password attempt for 'root' from 203.0.113.50:60588")]
    [InlineData("Nov 25 10:00:00 host imapd: LOGIN FAILED, user=x, ip=[::ffff:203.0.113.50]", "::ffff:203.0.113.50")]
    [InlineData("2025-11-25 10:00:00.123 [info] <0.1.0>@ejabberd_c2s:wait: (x) Failed authentication for user from IP 203.0.113.50 (x)")]
    [InlineData("2025-11-25 10:00:00.1 [WARNING] sofia_reg.c:1478 SIP auth failure (REGISTER) on sofia profile 'internal' for [x] from ip 203.0.113.50")]
    [InlineData("10:00:00.123 [http-8080] WARN o.a.g.r.auth - Authentication attempt from 203.0.113.50 for user \"pippo\" failed.")]
    [InlineData("2025-11-25 10:00:00: (mod_auth.c.1) password doesn't match for /a/ username: francois, IP: 203.0.113.50")]
    [InlineData("[CET Nov 25 10:00:00] error : Warning: Client '203.0.113.50' supplied wrong password for user 'admin'")]
    [InlineData("<W>2025-11-25 10:00:00.1 1 => <1:(-1)> Rejected connection from 203.0.113.50:33: Invalid server password")]
    [InlineData("Nov 25 10:00:00 ns named[12]: client 203.0.113.50#32769 (x.example): query (cache) 'x/A/IN' denied")]
    [InlineData("Nov 25 10:00:00 host pure-ftpd: (?@203.0.113.50) [WARNING] Authentication failed for user [x from 8.8.8.8]")]
    [InlineData("Nov 25 10:00:00 host proftpd[10]: localhost (203.0.113.50[203.0.113.50]) - USER x: no such user found from 203.0.113.50 [203.0.113.50] to 198.51.100.4:21")]
    [InlineData("Tue Nov 25 10:00:00 2025 [pid 1] [bob] FAIL LOGIN: Client \"203.0.113.50\"")]
    [InlineData("Nov 25 10:00:00 host sogod[12]: SOGoRootPage Login from '203.0.113.50' for user 'x' might not have worked")]
    [InlineData("Nov 25 10:00:00 host webmin[12]: Invalid login as x from 203.0.113.50")]
    [InlineData("25/11/25@10:00:00: FAIL: telnet address from=203.0.113.50")]
    [InlineData("[2025-11-25 10:00:00] [x] failed to login from 203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host imaps[12]: badlogin: localhost.localdomain [203.0.113.50] plaintext x SASL(-13): authentication failure")]
    [InlineData("Nov 25 10:00:00 HORDE [error] [imp] FAILED LOGIN for x [203.0.113.50] to {mx:993} [pid 1 on line 2]")]
    [InlineData("2025-11-25 10:00:00 login authenticator failed for (helo) [203.0.113.50]: 535 Incorrect authentication data (set_id=x)")]
    [InlineData("[25/Nov/2025 10:00:00] Failed IMAP login from 203.0.113.50, user x")]
    [InlineData("Nov 25 10:00:00 host suhosin[12]: ALERT - configured limit exceeded (attacker '203.0.113.50', file '/x.php')")]
    [InlineData("[2025-11-25 10:00:00][vaultwarden::api][ERROR] Username or password is incorrect. Try again. IP: 203.0.113.50. Username: a@b.c.")]
    [InlineData("2025-11-25 10:00:00.123  WARN 1 --- [nio-8080-exec-1] c.e.Auth : Login failed from 203.0.113.50")]
    [InlineData("1490000000.123 0 203.0.113.50 TCP_DENIED/403 3600 GET http://x/ - HIER_NONE/- text/html")]
    [InlineData("79a59df bucket [25/Nov/2025:10:00:38 +0000] 203.0.113.50 79a59d 3E57 REST.GET.OBJECT key \"GET /x HTTP/1.1\" 200 -")]
    [InlineData("web-1  | 203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1")]
    [InlineData("2025-11-25T10:11:12.123456789Z stdout F 203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1")]
    public void Ordinary_lines_of_many_programs_name_their_client(string line, string expected = "203.0.113.50") => Assert.Equal(expected, Client(line));

    [Theory]
    // access lines
    [InlineData("203.0.113.50 - 8.8.8.8 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"", "203.0.113.50")]
    [InlineData("<190>1 2025-11-25T10:11:12Z host nginx 22 - - 203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1", "203.0.113.50")]
    [InlineData("<190>1 2025-11-25T10:11:12Z host nginx 22 access [a@1 b=\"c\"] 203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1", "203.0.113.50")]
    [InlineData("2025-11-25T10:11:12Z host nginx 22 - - 203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1", "203.0.113.50")]
    [InlineData("\"203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"\"", "203.0.113.50")]
    [InlineData("\uFEFF203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"", "203.0.113.50")]
    [InlineData("\u001b[2m203.0.113.50\u001b[0m - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"", "203.0.113.50")]
    [InlineData("8.8.8.8, 203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"", null)]
    [InlineData("shop.example:443 203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"", "203.0.113.50")]
    [InlineData("010.0.0.1 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\"", null)]
    [InlineData("203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\" \"8.8.8.8\"", "203.0.113.50")]
    // IIS and CloudFront, without the file's word
    [InlineData("2025-11-25 09:11:12 198.51.100.4 GET /search q=8.8.8.8 443 - 203.0.113.50 curl/8 - 200 0 0 15", "203.0.113.50")]
    [InlineData("2025-11-25 09:11:12 W3SVC1 WEB 198.51.100.4 GET /search - 443 8.8.8.8 203.0.113.50 HTTP/1.1 curl/8 - 200 0 0 15", "203.0.113.50")]
    [InlineData("2025-11-25 09:11:12 203.0.113.50 - 198.51.100.4 80 GET /search - 200 curl", "203.0.113.50")]
    [InlineData("2025-11-25 09:11:12 198.51.100.4 GET /search 200", null)]
    [InlineData("2025-11-25\t09:11:12\tLAX1\t392\t203.0.113.50\tGET\td1.cloudfront.net\t/index.html\t200\t-\tcurl", "203.0.113.50")]
    [InlineData("2025-11-25 09:11:12 INFO GET /search refused from 203.0.113.50", "203.0.113.50")]
    // structured lines: the outermost of the server's own
    [InlineData("{\"level\":30,\"req\":{\"method\":\"GET\",\"query\":{\"q\":\"x\",\"ip\":\"8.8.8.8\"},\"headers\":{\"host\":\"s\"},\"remoteAddress\":\"203.0.113.50\"},\"res\":{\"statusCode\":200}}", "203.0.113.50")]
    [InlineData("{\"req\":{\"headers\":{\"client-ip\":\"8.8.4.4\",\"remote-addr\":\"8.8.8.8\"},\"remoteAddress\":\"203.0.113.50\"}}", "203.0.113.50")]
    [InlineData("{\"body\":{\"user\":{\"remote_addr\":\"8.8.8.8\"}},\"ip\":\"203.0.113.50\"}", "203.0.113.50")]
    [InlineData("{\"params\":{\"client_ip\":\"8.8.8.8\"}}", null)]
    [InlineData("{\"whatever\":{\"client_ip\":\"8.8.8.8\"}}", null)]
    [InlineData("{\"request\":{\"remote_ip\":\"203.0.113.50\",\"client_ip\":\"203.0.113.50\",\"headers\":{\"X-Forwarded-For\":[\"8.8.8.8\"]}},\"status\":200}", "203.0.113.50")]
    [InlineData("{\"user\":\"a\",\"client_ip\":\"8.8.8.8\",\"x\":\"\",\"client_ip\":\"203.0.113.50\"}", null)]
    [InlineData("{\"a\":\"b\"},\"client_ip\":\"8.8.8.8\"}", null)]
    [InlineData("{\"x_forwarded_for\":\"8.8.8.8\",\"remote_addr\":\"203.0.113.50\"}", "203.0.113.50")]
    [InlineData("{\"x_forwarded_for\":\"8.8.8.8\"}", null)]
    [InlineData("{\"client_ip\":\"8.8.8.8, 203.0.113.50\"}", null)]
    [InlineData("{\"client_ip\":\"203.0.113.50:4000\"}", "203.0.113.50")]
    [InlineData("{\"remote_addr\":\"10.0.0.5\",\"client_ip\":\"203.0.113.50\"}", "203.0.113.50")]
    [InlineData("\uFEFF{\"client_ip\":\"203.0.113.50\",\"path\":\"/\"}", "203.0.113.50")]
    [InlineData("2025-11-25T10:11:12.123456789Z stdout F {\"query\":{\"ip\":\"8.8.8.8\"},\"remote_addr\":\"203.0.113.50\"}", "203.0.113.50")]
    [InlineData("web-1  | {\"query\":{\"ip\":\"8.8.8.8\"},\"remote_addr\":\"203.0.113.50\"}", "203.0.113.50")]
    [InlineData("Nov 25 10:00:00 host app[1]: {\"remote_addr\":\"203.0.113.50\"}", "203.0.113.50")]
    [InlineData("2025-11-25 10:00:00 ERROR user said {\"remote_addr\":\"8.8.8.8\"}", null)]
    [InlineData("ts=2025-11-25T10:11:12Z msg=\"from 8.8.8.8\" q=x remote_addr=203.0.113.50", "203.0.113.50")]
    [InlineData("ts=2025-11-25T10:11:12Z user=x remote_addr=8.8.8.8 remote_addr=203.0.113.50", null)]
    public void In_access_lines_and_structured_ones(string line, string? expected) => Assert.Equal(expected, Client(line));

    [Theory]
    [InlineData("10.0.0.9 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\" \"8.8.8.8, 203.0.113.50\"", "203.0.113.50")]
    [InlineData("10.0.0.9 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\" \"8.8.8.8, 203.0.113.50, 10.0.0.8\"", "203.0.113.50")]
    [InlineData("10.0.0.9 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\" \"8.8.8.8, unknown\"", null)]
    [InlineData("10.0.0.9 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\" \"-\"", null)]
    [InlineData("203.0.113.50 - - [25/Nov/2025:10:11:12 +0100] \"GET / HTTP/1.1\" 200 1 \"-\" \"x\" \"8.8.8.8\"", "203.0.113.50")]
    [InlineData("{\"remote_addr\":\"10.0.0.9\",\"http_x_forwarded_for\":\"8.8.8.8, 203.0.113.50\"}", "203.0.113.50")]
    [InlineData("{\"req\":{\"query\":{\"x-forwarded-for\":\"8.8.8.8\"},\"headers\":{\"x-forwarded-for\":\"203.0.113.50\"},\"remoteAddress\":\"::ffff:10.0.0.9\"}}", "203.0.113.50")]
    [InlineData("{\"x_forwarded_for\":\"8.8.8.8\"}", null)]
    public void Behind_proxies_that_are_trusted_the_last_that_is_none_of_them(string line, string? expected) => Assert.Equal(expected, Client(line, "10.0.0.0/8"));

    [Fact]
    public async Task The_fields_of_a_file_say_which_address_is_the_clients()
    {
        using var folder = new TempFolder();
        const string head = "\uFEFF#Software: IIS\r\n#Fields: date time c-ip cs-method cs-uri-stem cs-uri-query s-ip sc-status\r\n";
        string line = $"2025-11-25 09:11:12 203.0.113.50 GET /search q={Hunting.Attack} 198.51.100.4 200\r\n";
        string changed = "#Fields: date time s-ip c-ip cs-method cs-uri-stem cs-uri-query\r\n" + $"2025-11-25 09:11:12 198.51.100.4 203.0.113.51 GET /search q={Hunting.Attack}\r\n";
        string path = folder.Write("u_ex.log", head + line + changed);

        List<AttackMatch> found = await Hunting.RunAsync(new AttackSources { Files = [path] });
        await using var stream = new MemoryStream(Encoding.UTF8.GetBytes(head + line + changed));
        List<AttackMatch> streamed = await Hunting.AllAsync(new AttackScanner(Hunting.Query, TimeProvider.System).ScanStreamAsync(stream, "s", default));
        var entries = new EntryScanner(Hunting.Query, TimeProvider.System);
        IEnumerable<AttackMatch> piped = (head + line + changed).Split("\r\n").SelectMany(l => entries.Scan(l, "(pipe)", null, 1));

        foreach (IEnumerable<AttackMatch> matches in new[] { found, streamed, piped })
            Assert.Equal(["203.0.113.50", "203.0.113.51"], matches.Select(m => m.ClientAddress));
    }

    /// <summary>Words of one form in a line of another one: nobody else's address comes of it.</summary>
    [Theory]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Failed password for invalid user 8.8.8.8 - - [25/Nov/2025:10:11:12 +0000] "
        + "\"GET /?q='or'1'='1 HTTP/1.1\" 200 5 from 203.0.113.50 port 40000 ssh2")]
    [InlineData("Nov 25 10:00:00 host sshd[100]: Failed password for invalid user Started GET /?x='or'1'='1 for 8.8.8.8 "
        + "from 203.0.113.50 port 40000 ssh2")]
    [InlineData("{\"level\":30,\"req\":{\"query\":{\"kubernetes\":\"1\",\"MESSAGE\":\"{\\\"remote_addr\\\":\\\"8.8.8.8\\\",\\\"status\\\":200}\"},"
        + "\"remoteAddress\":\"203.0.113.50\"}}")]
    [InlineData("2025-11-25 10:00:00 36 [Warning] Access denied for user '1.1.1.1 GET /x q='union/**/select/**/1-- 80 - 8.8.8.8 '"
        + "@'203.0.113.50' (using password: YES)")]
    [InlineData("Nov 25 10:00:00 host vsftpd[7]: [8.8.8.8] FAIL LOGIN: Client \"203.0.113.50\"")]
    [InlineData("{\"client_ip\":\"203.0.113.50\",\"event\":{\"remote_addr\":\"8.8.8.8\"}}")]
    [InlineData("{\"ip\":\"203.0.113.50\",\"properties\":{\"client_ip\":\"8.8.8.8\"}}")]
    [InlineData("ip=9.9.9.9 q=x remote_addr=8.8.8.8", null)]
    public void Words_of_another_form_name_nobody(string line, string? expected = "203.0.113.50") => Assert.Equal(expected, Client(line));

    /// <summary>A client may make a line so long that not all ways to read it are looked at.</summary>
    [Fact]
    public void A_line_that_takes_too_long_names_nobody() => Assert.Null(Client("Started GET \"/x\" for 8.8.8.8 at 2025-11-25 10:11:12 +0000"
        + new string('"', 5000) + " for 203.0.113.50 at 2025-11-25 10:11:12 +0100"));

    [Fact]
    public void Time_and_status_of_a_request_are_not_those_that_a_client_sent()
    {
        LineParts parts = Parts("{\"level\":30,\"req\":{\"url\":\"/a\",\"query\":{\"timestamp\":\"1999-01-01T00:00:00Z\",\"status\":\"404\",\"method\":\"PUT\",\"tenant\":\"b\"},\"method\":\"GET\"},\"res\":{\"statusCode\":200},\"time\":1764061872123}");
        Assert.Equal(2025, parts.Time!.Value.Year);
        Assert.Equal(200, parts.Status);
        Assert.Equal(default, parts.Tenant);
        Assert.Equal(3, parts.Method.End.Value - parts.Method.Start.Value);
    }

    private static string? Client(string line, params string[] proxies)
    {
        (ReadOnlyMemory<byte> text, LineParts parts) = Dissect(line, proxies);
        ReadOnlySpan<byte> client = text.Span[parts.Client];
        return client.IsEmpty ? null : Encoding.UTF8.GetString(client);
    }

    private static LineParts Parts(string line) => Dissect(line, []).Parts;

    private static (ReadOnlyMemory<byte> Text, LineParts Parts) Dissect(string line, string[] proxies)
    {
        var inner = new Engine.Areas.Attacks.Decoding.TextBuffer();
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        if (LineWrapping.TryUnwrap(bytes, inner, out _)) bytes = inner.Span.ToArray();
        var parts = new LineParts();
        IPNetwork[] trusted = [.. proxies.Select(p => AllowEntry.ParseNetwork(p)!.Value)];
        var dissector = new LineDissector(new FieldMeanings(), LogClock.Utc(TimeProvider.System), trusted);
        dissector.Dissect(bytes, parts);
        dissector.FindClient(bytes, parts);
        return (bytes, parts);
    }
}
